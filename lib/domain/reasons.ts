/**
 * Why something was refused, where the problem that is answered says less: in the log, in the audit record of a flow and
 * in the metric `Refused`. What is not listed has the code of its problem as its reason. The codes are stable, so that
 * alarms may be made of them. A row is a sentence for people, and whether the caller may be told: about the JWT and about
 * flows of others nobody learns more than that it was refused. The README's list is checked against this one.
 */
export const reasons = {
  jwtMissing: ['The request brought no token.', 'logged'],
  jwtAmbiguous: ['The request brought several tokens that differ, or one twice.', 'logged'],
  jwtUnreadable: ['What was sent is no signed JWT, or not after the word Bearer.', 'logged'],
  jwtAlgorithm: ['The JWT is signed by an algorithm that is not taken.', 'logged'],
  jwtKeyUnknown: ['The issuer publishes no key of the kid that the JWT names.', 'logged'],
  jwtSignature: ['The signature of the JWT is not right.', 'logged'],
  jwtIssuer: ['The iss of the JWT is not the issuer of this deployment.', 'logged'],
  jwtAudience: ['The aud of the JWT does not name this deployment.', 'logged'],
  jwtExpired: ['The JWT is past its exp.', 'logged'],
  jwtNotYetValid: ['The nbf of the JWT is still to come.', 'logged'],
  jwtClaimMissing: ['The JWT lacks a claim, which the log line names.', 'logged'],
  jwtClaimInvalid: ['A claim of the JWT, which the log line names, holds what cannot be used.', 'logged'],
  jwtKeysUnavailable: ['The metadata or the keys of the issuer could not be had.', 'logged'],

  stateUnknown: ['Nobody has begun a flow with this state, or it is over.', 'logged'],
  stateExpired: ['The flow is older than it may become.', 'logged'],
  stateOfAnotherUser: ['Another user has begun the flow.', 'logged'],
  stateOfAnotherProvider: ['The flow was begun with another provider, or with another client of this one.', 'logged'],

  requestRefused: ['It refused the authorization request itself: look at its client and at the scopes there.', 'told'],
  tokenAnswerRefused: ['Its token answer breaks a rule of OAuth or OpenID Connect.', 'told'],
  idTokenUnreadable: ['Its ID token is missing, or cannot be read.', 'told'],
  idTokenAlgorithm: ['Its ID token is signed by an algorithm that is not taken.', 'told'],
  idTokenKeyUnknown: ['It publishes no key that its ID token could be signed with.', 'told'],
  idTokenSignature: ['The signature of its ID token is not right.', 'told'],
  idTokenIssuer: ['Its ID token names another issuer.', 'told'],
  idTokenAudience: ['Its ID token is for another client.', 'told'],
  idTokenNonce: ['Its ID token lacks the nonce of the request, or has another.', 'told'],
  idTokenExpired: ['Its ID token is past its end, or not valid yet.', 'told'],
  idTokenClaim: ['A claim of its ID token is missing, or cannot be used.', 'told'],
  accountContradicted: ['Its profile is of another account than its ID token.', 'told'],
  accountUnknown: ['Its profile does not say which account it is of.', 'told'],
  profileUnreadable: ['Its profile is no JSON object.', 'told'],
  answerTooLarge: ['Its answer is larger than 1 MiB.', 'told'],
} as const satisfies Record<string, readonly [sentence: string, who: 'told' | 'logged']>

/** A reason beyond the code of a problem. */
export type Reason = keyof typeof reasons

/** The sentence for the caller; undefined where it is none of his business, or no reason of this list. */
export const toldOf = (reason: string | undefined): string | undefined => {
  const [sentence, who] = reason !== undefined && isReason(reason) ? reasons[reason] : []
  return who === 'told' ? sentence : undefined
}

/** Whether it is one of this list. */
export const isReason = (reason: string): reason is Reason => Object.hasOwn(reasons, reason)
