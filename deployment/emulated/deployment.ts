/** A deployed stack, as an admin of an organization uses it. */
export interface Deployment {
  /** Where the emulator serves the API. */
  readonly url: string
  /** Keeps a secret; answers the id of its credential. */
  keep(secret: string): Promise<string>
  /** The secret of a credential. */
  reveal(id: string): Promise<string>
}

/** The stack whose API has this id. */
export const deploymentAt = (emulatorUrl: string, apiId: string, org: string, token: string): Deployment => {
  const url = `${emulatorUrl}/restapis/${apiId}/v1/_user_request_`
  const post = async (path: string, body?: object): Promise<{ id: string; data: { secret: string } }> => {
    const response = await fetch(`${url}/organisations/${org}/credentials${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`The deployment answered ${response.status} ${text}`)
    return JSON.parse(text)
  }
  return {
    url,
    keep: async (secret) => {
      const data = { secret: Buffer.from(secret).toString('base64') }
      return (await post('', { name: 'kept', data, redactFields: ['secret'] })).id
    },
    reveal: async (id) => {
      const { data } = await post(`/${id}/reveal`)
      return Buffer.from(data.secret, 'base64').toString()
    },
  }
}
