import * as z from 'zod'

const seconds = z.int().nonnegative()

const outage = z.strictObject({
  /** Which endpoints are out. */
  at: z.enum(['authorization', 'token', 'revocation', 'device', 'api', 'metadata']),
  status: z.int().min(400).max(599),
  retryAfterSeconds: seconds.optional(),
  /** Sent as it is, as HTML; absent is an empty body. */
  body: z.string().optional(),
  /** Requests that fail, from the next one on; absent is all, until it is set to null. */
  times: z.int().positive().optional(),
})

const refreshRefusal = z.strictObject({
  error: z.string().min(1),
  /** 400 unless told. */
  status: z.int().min(200).max(599).optional(),
  /** Further members of the body, e.g. `claims` or `error_subtype`. */
  members: z.record(z.string(), z.unknown()).optional(),
})

/** What providers do differently; each has its own real values, which a test may change. */
export const quirksSchema = z.strictObject({
  /** Errors of the token and device endpoints come with status 200. */
  errorsAs200: z.boolean(),
  /** Token answers are form-encoded unless the request accepts JSON. */
  formUnlessAcceptJson: z.boolean(),
  /** Token errors carry a `WWW-Authenticate` challenge besides the body. */
  wwwAuthenticateOnTokenError: z.boolean(),
  /**
   * What a refresh does to the refresh token: nothing and the answer has none; a new one and the old stays; a new one
   * and the old is used up, with or without its access tokens; or the old one stays for some seconds more.
   */
  rotation: z.union([
    z.enum(['none', 'replaceKeepOld', 'singleUse', 'singleUseKillAccess']),
    z.strictObject({ grace: seconds }),
  ]),
  /** A refresh token that is used again when it may not be ends the whole grant. */
  reuseEndsGrant: z.boolean(),
  codeTtlSeconds: seconds,
  /** Null: access tokens never expire. */
  accessTokenSeconds: seconds.nullable(),
  /** The callback carries `iss` (RFC 9207). */
  issParam: z.boolean(),
  /** The member of a token answer that has the granted scopes. */
  scopeField: z.enum(['scope', 'scopes', 'none']),
  scopeJoin: z.string(),
  expiresInAsString: z.boolean(),
  /** Answers have `refresh_token: null` and no refresh token is made. */
  nullRefreshToken: z.boolean(),
  extraCallbackParams: z.record(z.string(), z.string()),
  /** What a revocation takes with it; `none`: there is no such endpoint. */
  revocation: z.enum(['none', 'token', 'grant', 'userAndClient']),
  /** Statuses and member names of the device flow. */
  device: z.enum(['rfc', 'github200', 'google428']),
  emailsEndpoint: z.boolean(),
  /** A new access token is not known to the API for so long. */
  replicaLagMs: z.int().nonnegative(),
  /** Bytes of a token; null: their usual length. */
  bigTokens: z.strictObject({ access: z.int().min(64), refresh: z.int().min(64) }).nullable(),
  /** The API answers everything with a rate limit of status 403. */
  rateLimitAs403: z.boolean(),
  outage: outage.nullable(),
  /** A refresh with a good token is refused so, and the token stays as it was. */
  refuseRefreshWith: refreshRefusal.nullable(),
})

/** How one provider behaves at the moment. */
export type Quirks = z.infer<typeof quirksSchema>

/** A provider that follows the RFCs in all; what differs is in the provider's facts. */
export const plainQuirks: Quirks = {
  errorsAs200: false,
  formUnlessAcceptJson: false,
  wwwAuthenticateOnTokenError: false,
  rotation: 'none',
  reuseEndsGrant: false,
  codeTtlSeconds: 600,
  accessTokenSeconds: 3600,
  issParam: false,
  scopeField: 'scope',
  scopeJoin: ' ',
  expiresInAsString: false,
  nullRefreshToken: false,
  extraCallbackParams: {},
  revocation: 'grant',
  device: 'rfc',
  emailsEndpoint: true,
  replicaLagMs: 0,
  bigTokens: null,
  rateLimitAs403: false,
  outage: null,
  refuseRefreshWith: null,
}
