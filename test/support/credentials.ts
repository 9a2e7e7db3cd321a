import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import type { Answer, Caller, Json } from './grantkeeper.ts'

/** The path of an organization's credentials, or of one of them. */
export const credentialsAt = (id = '', org = 'acme'): string => `//organisations/${org}/credentials${id && `/${id}`}`

/** Names with their values in base64. */
export const base64 = (data: Record<string, string>): Json =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Buffer.from(value).toString('base64')]))

/** Begins a connection in an organization. */
export const initConnection = (caller: Caller, body: Json, org = 'acme'): Promise<Answer> =>
  caller.post(`//organisations/${org}/connection-init`, body)

/** Connects an account by a real consent; answers the credential. */
export const connectionOf = async (caller: Caller, body: Json, account: string, org = 'acme'): Promise<Json> => {
  const started = await initConnection(caller, body, org)
  if (started.status !== 200) throw new Error(`The connection did not begin: ${started.status} ${started.text}`)
  const { searchParams } = await consent(started.body.url, { account })
  const answer = await caller.get(`//connections/oauth2/callback?${searchParams}`)
  if (answer.status !== 200) throw new Error(`The account was not connected: ${answer.status} ${answer.text}`)
  return answer.body
}
