import type { PlayedProvider } from '../../../lib/local/stand-in/played-provider.ts'

/** Status and error code. */
export type Refusal = readonly [status: number, error: string]

/** How a provider says what is wrong at its token endpoint. */
export interface Wordings {
  readonly secret: Refusal
  /** No such client; as `secret` unless told. */
  readonly client?: Refusal
  readonly code: Refusal
  /** As `code` unless told. */
  readonly redirectUri?: Refusal
  readonly refreshToken: Refusal
  /** A body of the other kind; absent where both are read. */
  readonly body?: Refusal
  /** Credentials in the way that it does not take; absent where it takes both. */
  readonly clientAuth?: Refusal
  readonly codeSeconds?: number
}

const grant: Refusal = [400, 'invalid_grant']
const client: Refusal = [401, 'invalid_client']
const request: Refusal = [400, 'invalid_request']

/** The wordings of each provider. */
export const wordings: Readonly<Record<PlayedProvider, Wordings>> = {
  github: {
    secret: [200, 'incorrect_client_credentials'],
    code: [200, 'bad_verification_code'],
    redirectUri: [200, 'redirect_uri_mismatch'],
    refreshToken: [200, 'bad_refresh_token'],
    clientAuth: [200, 'incorrect_client_credentials'],
  },
  gitlab: { secret: client, code: grant, refreshToken: grant },
  bitbucket: {
    secret: [400, 'unauthorized_client'],
    code: grant,
    refreshToken: grant,
    body: [400, 'unsupported_grant_type'],
    clientAuth: [400, 'unauthorized_client'],
  },
  google: {
    secret: client,
    code: grant,
    redirectUri: [400, 'redirect_uri_mismatch'],
    refreshToken: grant,
    body: request,
  },
  box: {
    secret: [400, 'invalid_client'],
    code: grant,
    redirectUri: [400, 'redirect_uri_mismatch'],
    refreshToken: grant,
    body: request,
    clientAuth: [400, 'invalid_client'],
    codeSeconds: 30,
  },
  microsoft: {
    secret: client,
    client: [400, 'unauthorized_client'],
    code: grant,
    refreshToken: grant,
    body: request,
  },
  slack: {
    secret: [200, 'bad_client_secret'],
    client: [200, 'invalid_client_id'],
    code: [200, 'invalid_code'],
    redirectUri: [200, 'bad_redirect_uri'],
    refreshToken: [200, 'invalid_refresh_token'],
    body: [200, 'invalid_post_type'],
  },
  atlassian: { secret: client, code: grant, refreshToken: [403, 'invalid_grant'], clientAuth: client },
  notion: { secret: client, code: grant, refreshToken: grant, body: request, clientAuth: client },
  salesforce: {
    secret: [400, 'invalid_client'],
    client: [400, 'invalid_client_id'],
    code: grant,
    redirectUri: [400, 'redirect_uri_mismatch'],
    refreshToken: grant,
    body: request,
  },
  hubspot: {
    secret: client,
    code: grant,
    redirectUri: [400, 'redirect_uri_mismatch'],
    refreshToken: grant,
    body: request,
    clientAuth: client,
  },
  dropbox: { secret: [400, 'invalid_client'], code: grant, refreshToken: grant, body: request },
  linear: { secret: client, code: grant, refreshToken: grant, body: request, clientAuth: client },
  zoom: {
    secret: client,
    code: grant,
    redirectUri: request,
    refreshToken: grant,
    body: request,
    clientAuth: client,
  },
  asana: { secret: client, code: grant, refreshToken: grant, body: request, clientAuth: client },
  discord: { secret: client, code: grant, refreshToken: grant, body: request },
}
