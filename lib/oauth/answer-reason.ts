import type { Reason } from '../domain/reasons.ts'

/** Claims whose value was another than it had to be. */
const byClaim: Readonly<Record<string, Reason>> = {
  iss: 'idTokenIssuer',
  aud: 'idTokenAudience',
  azp: 'idTokenAudience',
  nonce: 'idTokenNonce',
  exp: 'idTokenExpired',
  nbf: 'idTokenExpired',
}

/** What the library says of an ID token; the tests of ID tokens hold its words. */
const byMessage: readonly (readonly [RegExp, Reason])[] = [
  [/"alg" header|algorithm|"crit" header/, 'idTokenAlgorithm'],
  [/JWT signature/, 'idTokenSignature'],
  [/verification key/, 'idTokenKeyUnknown'],
  [/claim|"auth_time"/, 'idTokenClaim'],
  [/JWT|JWE|"id_token"/, 'idTokenUnreadable'],
]

/** Why openid-client has refused a token answer. Its errors hold the answer itself, of which nothing is handed on. */
export const answerReason = (error: unknown): Reason => {
  const { message = '', cause } = ((error as Error).cause ?? error) as { message?: string; cause?: { claim?: string } }
  const about = (cause as { claim?: unknown } | undefined)?.claim
  // A nonce that is missing is one that is not the request's.
  if (/"nonce" \(nonce\) claim missing/.test(message)) return 'idTokenNonce'
  const isMissing = /claim missing/.test(message)
  const known = typeof about === 'string' && !isMissing && Object.hasOwn(byClaim, about) ? byClaim[about] : undefined
  return known ?? byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? 'tokenAnswerRefused'
}
