import {
  type AuthorizationCodeGrantChecks,
  allowInsecureRequests,
  authorizationCodeGrant,
  type ClientAuth,
  Configuration,
  customFetch,
  enableNonRepudiationChecks,
  genericGrantRequest,
  type IDToken,
  None,
  refreshTokenGrant,
  setJwksCache,
  type TokenEndpointResponse,
} from 'openid-client'
import type { Client, CodeExchange, TokenSet } from '../domain/ports.ts'
import type { ProviderSettings } from '../domain/providers/provider.ts'
import { isRefusal, UpstreamFailure } from '../domain/upstream-failure.ts'
import { answerReason } from './answer-reason.ts'
import { call, limits } from './call.ts'
import { deviceErrors } from './failure.ts'
import { credentialsOf } from './form.ts'
import { readSeconds } from './lifetime.ts'
import type { Outbound } from './outbound/outbound.ts'
import { signingKeys } from './signing-keys.ts'
import { LIFETIME, normaliseTokenAnswer } from './token-answer.ts'

type GrantType = 'authorization_code' | 'refresh_token' | typeof DEVICE_CODE

/** RFC 8628 section 3.4. */
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** openid-client's own limit, in seconds; ours, which know a first byte from a body, are shorter. */
const LIBRARY_TIMEOUT = 30

/**
 * openid-client set up for one token request, whose every HTTP call goes out through ours.
 * `redirectUri` replaces the one that openid-client derives, since it drops the query string.
 */
const configure = (outbound: Outbound, client: Client, grantType: GrantType, redirectUri?: string): Configuration => {
  const { provider, clientSecret } = client
  const { settings } = provider
  const tokenUrl = new URL(settings.tokenUrl)
  const isDevice = grantType === DEVICE_CODE
  const configuration = new Configuration(
    {
      issuer: settings.issuer ?? tokenUrl.origin,
      token_endpoint: settings.tokenUrl,
      ...(settings.jwksUrl !== undefined && {
        jwks_uri: settings.jwksUrl,
        id_token_signing_alg_values_supported: [...(settings.idTokenAlgorithms ?? ['RS256'])],
      }),
    },
    provider.clientId,
    undefined,
    isDevice && settings.deviceAuth === 'none' ? None() : authentication(client),
  )
  configuration.timeout = LIBRARY_TIMEOUT
  const wantsIdToken = grantType === 'authorization_code' && settings.jwksUrl !== undefined
  configuration[customFetch] = async (url, options) => {
    const request = { method: options.method, headers: { ...options.headers } }
    // openid-client names it in its normal form: the host in lower case, say, or a slash where there is no path.
    if (url !== tokenUrl.href) return call(outbound, url, request, limits.ordinary)
    const form = new URLSearchParams(String(options.body))
    if (redirectUri !== undefined) form.set('redirect_uri', redirectUri)
    const answer = await call(outbound, url, encode(request, form, settings), limits.token)
    const errors = { ...settings.errors, ...(isDevice && deviceErrors) }
    const [, credentials = ''] = request.headers.authorization?.split(' ') ?? []
    const sent = [...secretsIn(form), clientSecret, credentials]
    return normaliseTokenAnswer(answer, { ...settings, errors }, { wantsIdToken, sent })
  }
  // Whether a URL may be asked at all is decided by the outbound module, in local mode as well.
  if (tokenUrl.protocol === 'http:') allowInsecureRequests(configuration)
  if (settings.jwksUrl !== undefined) enableNonRepudiationChecks(configuration)
  return configuration
}

/** What of a token request must not be repeated, even where the answer does. */
const secretsIn = (form: URLSearchParams): string[] =>
  ['code', 'code_verifier', 'refresh_token', 'device_code'].flatMap((name) => form.getAll(name))

/** openid-client's own encodes more than a server that does not decode would bear. */
const authentication =
  (client: Client): ClientAuth =>
  (_server, _client, body, headers) => {
    const credentials = credentialsOf(client)
    for (const [name, value] of Object.entries(credentials.headers)) headers.set(name, value)
    for (const [name, value] of Object.entries(credentials.fields)) body.set(name, value)
  }

const encode = (
  { method, headers }: { method: string; headers: Record<string, string> },
  form: URLSearchParams,
  { bodyFormat, tokenHeaders }: ProviderSettings,
) => {
  const json = bodyFormat === 'json'
  return {
    method,
    headers: { ...headers, ...tokenHeaders, ...(json && { 'content-type': 'application/json' }) },
    body: json ? JSON.stringify(Object.fromEntries(form)) : form.toString(),
  }
}

/** Exchanges an authorization code (RFC 6749 section 4.1.3) with its verifier (RFC 7636). Throws `UpstreamFailure`. */
export const exchangeCode = async (outbound: Outbound, client: Client, exchange: CodeExchange): Promise<TokenSet> => {
  const { settings } = client.provider
  const url = new URL(exchange.redirectUri)
  // The state was compared by its hash before; here it only has to match itself.
  url.search = new URLSearchParams({ code: exchange.code, state: 'compared' }).toString()
  return tokensOf(async () => {
    const configuration = configure(outbound, client, 'authorization_code', exchange.redirectUri)
    const checks: AuthorizationCodeGrantChecks = { expectedState: 'compared' }
    if (settings.pkce) checks.pkceCodeVerifier = exchange.codeVerifier
    if (settings.jwksUrl !== undefined && (exchange.nonce !== undefined || settings.nonce === false)) {
      if (exchange.nonce !== undefined && settings.nonce !== false) checks.expectedNonce = exchange.nonce
      // Before the code is spent: it must not be lost to a failure of another endpoint.
      setJwksCache(configuration, await signingKeys(outbound, settings.jwksUrl))
    }
    return authorizationCodeGrant(configuration, url, checks, { ...settings.tokenParams })
  })
}

/** Asks for new tokens (RFC 6749 section 6). Throws `UpstreamFailure`. */
export const refresh = async (
  outbound: Outbound,
  client: Client,
  refreshToken: string,
  scopes: readonly string[],
): Promise<TokenSet> => {
  const { tokenParams, refreshParams, refreshScope, scopeSeparator } = client.provider.settings
  const parameters = {
    ...tokenParams,
    ...refreshParams,
    ...(refreshScope && scopes.length > 0 && { scope: scopes.join(scopeSeparator) }),
  }
  return tokensOf(() => refreshTokenGrant(configure(outbound, client, 'refresh_token'), refreshToken, parameters))
}

/**
 * Asks once whether the user of a device flow has decided (RFC 8628 section 3.4). Its ID token, which no nonce binds, is
 * not looked at. Throws `UpstreamFailure`: `pending` (`authorization_pending` or `slow_down`) or, once and for all,
 * `grantDead` (`access_denied` or `expired_token`, whatever the provider's word is).
 */
export const exchangeDeviceCode = async (outbound: Outbound, client: Client, deviceCode: string): Promise<TokenSet> => {
  const { tokenParams } = client.provider.settings
  try {
    return await tokensOf(() =>
      genericGrantRequest(configure(outbound, client, DEVICE_CODE), DEVICE_CODE, {
        ...tokenParams,
        device_code: deviceCode,
      }),
    )
  } catch (error) {
    if (!(error instanceof UpstreamFailure) || !isRefusal(error)) throw error
    const denied = error.error === 'access_denied' || error.error === 'authorization_declined'
    const codes = { error: denied ? 'access_denied' : 'expired_token' }
    throw new UpstreamFailure('grantDead', { codes, status: error.status })
  }
}

const tokensOf = async (
  request: () => Promise<TokenEndpointResponse & { claims(): IDToken | undefined }>,
): Promise<TokenSet> => {
  try {
    const answer = await request()
    return readTokens(answer, answer.claims()?.sub)
  } catch (error) {
    throw failureIn(error)
  }
}

/** The failure that our own fetch found is somewhere below what openid-client throws; anything else is its own refusal. */
const failureIn = (error: unknown): UpstreamFailure => {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof UpstreamFailure) return cause
  }
  const code = (error as { code?: unknown }).code
  return new UpstreamFailure('badAnswer', {
    outcomeUnknown: true,
    reason: answerReason(error),
    message: `The token answer was refused${typeof code === 'string' ? `: ${code}` : ''}`,
  })
}

const readTokens = (answer: TokenEndpointResponse, sub: string | undefined): TokenSet => {
  const {
    access_token,
    refresh_token,
    id_token: _,
    scope,
    token_type: __,
    expires_in: ___,
    [LIFETIME]: lifetime,
    ...extra
  } = answer
  const expiresInSeconds = readSeconds(lifetime)
  const refreshExpiresInSeconds = readSeconds(extra.refresh_token_expires_in ?? extra.refresh_expires_in)
  return {
    accessToken: access_token,
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
    ...(expiresInSeconds !== undefined && { expiresInSeconds }),
    // Keycloak says 0 for a refresh token without an end.
    ...(refreshExpiresInSeconds && refreshExpiresInSeconds > 0 && { refreshExpiresInSeconds }),
    // GitHub joins scopes by commas.
    ...(scope !== undefined && { scopes: scope.split(/[\s,]+/).filter(Boolean) }),
    ...(sub !== undefined && { sub }),
    extra,
  }
}
