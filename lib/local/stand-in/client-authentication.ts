import { bodyMembers, type Call } from './message.ts'
import type { Played } from './played.ts'
import type { ClientRecord } from './records.ts'
import { Refused } from './refusals.ts'

interface Credentials {
  readonly clientId: string
  /** Undefined: none was sent. */
  readonly clientSecret: string | undefined
}

/**
 * The client that a request is from, by its id and secret in one of the ways that the provider takes. A secret that
 * came in another way has not come. Throws `Refused`. With `secret` optional a client may leave it out.
 */
export function authenticateClient(
  played: Played,
  call: Call,
  ways: readonly ('basic' | 'post')[],
  secret: 'required' | 'optional' = 'required',
): ClientRecord {
  const basic = basicCredentials(call)
  const sent =
    (ways.includes('basic') ? basic : undefined) ?? (ways.includes('post') ? postedCredentials(call) : undefined)
  if (!sent) throw new Refused('clientMissing')
  const client = played.books.client(played.facts.type, sent.clientId)
  if (!client) throw new Refused('clientUnknown')
  if (sent.clientSecret === undefined) {
    // A secret in the header where only the body is read is a mistake, not a public client.
    if (secret === 'optional' && !basic) return client
    throw new Refused('clientMissing')
  }
  if (sent.clientSecret !== client.clientSecret) throw new Refused('secretWrong')
  return client
}

/** Id and secret of an `Authorization: Basic` header, form-decoded (RFC 6749 section 2.3.1). */
function basicCredentials(call: Call): Credentials | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(call.headers.authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const [clientId = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return { clientId: formDecoded(clientId), clientSecret: formDecoded(secret.join(':')) }
}

function postedCredentials(call: Call): Credentials | undefined {
  const { client_id: clientId, client_secret: clientSecret } = bodyMembers(call)
  return clientId === undefined ? undefined : { clientId, clientSecret }
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
