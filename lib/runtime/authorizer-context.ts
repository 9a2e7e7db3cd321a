/** What the authorizer tells the endpoints: flat strings, as API Gateway hands them on. */
export interface AuthorizerContext {
  readonly userId: string
  readonly orgId: string
  /** Comma list of those roles that mean something here. */
  readonly roles: string
  /** Seconds since the epoch. */
  readonly exp: string
}

/** Clocks may differ by so much, where a token is verified and where a cached decision is looked at again. */
export const LEEWAY_SECONDS = 30
