import type { Client } from '../domain/ports.ts'
import type { Request } from './call.ts'

/** RFC 6749 section 2.3.1: form-encoded before it is put into the header. */
const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

/** The client's credentials as a header. */
export const basic = ({ provider, clientSecret }: Client): { authorization: string } => {
  const credentials = Buffer.from(`${formEncode(provider.clientId)}:${formEncode(clientSecret)}`).toString('base64')
  return { authorization: `Basic ${credentials}` }
}

/** A form under nobody's name. */
export const form = (fields: Record<string, string>, headers: Record<string, string> = {}): Request => ({
  method: 'POST',
  headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(fields).toString(),
})

/** A form under the client's credentials, in the way of its provider (RFC 6749 section 2.3.1). */
export const clientForm = (client: Client, fields: Record<string, string>): Request => {
  const { clientId, settings } = client.provider
  return settings.authMethod === 'client_secret_basic'
    ? form(fields, basic(client))
    : form({ ...fields, client_id: clientId, client_secret: client.clientSecret })
}
