import type { Client } from '../domain/ports.ts'
import type { Request } from './call.ts'

/**
 * RFC 6749 section 2.3.1: form-encoded before it is put into the header. Servers that do not decode are met half-way: the
 * unreserved characters (RFC 3986 section 2.3), of which most ids and secrets are made, stay as they are.
 */
const formEncode = (text: string): string =>
  new URLSearchParams({ '': text }).toString().slice(1).replaceAll('%7E', '~')

/** The client's credentials as a header. */
export const basic = ({ provider, clientSecret }: Client): { authorization: string } => {
  const credentials = Buffer.from(`${formEncode(provider.clientId)}:${formEncode(clientSecret)}`).toString('base64')
  return { authorization: `Basic ${credentials}` }
}

/** By what a client tells who it is, in the way of its provider (RFC 6749 section 2.3.1): whatever it asks for. */
export const credentialsOf = (
  client: Client,
): { readonly headers: Readonly<Record<string, string>>; readonly fields: Readonly<Record<string, string>> } => {
  const { clientId, settings } = client.provider
  return settings.authMethod === 'client_secret_basic'
    ? { headers: basic(client), fields: {} }
    : { headers: {}, fields: { client_id: clientId, client_secret: client.clientSecret } }
}

/** A form under nobody's name. */
export const form = (fields: Record<string, string>, headers: Record<string, string> = {}): Request => ({
  method: 'POST',
  headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(fields).toString(),
})

/** A form under the client's credentials. */
export const clientForm = (client: Client, fields: Record<string, string>): Request => {
  const credentials = credentialsOf(client)
  return form({ ...fields, ...credentials.fields }, credentials.headers)
}
