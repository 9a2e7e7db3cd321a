import { allowInsecureRequests, customFetch, discovery } from 'openid-client'
import type { OAuth } from '../domain/ports.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { call, limits } from './call.ts'
import type { Outbound } from './outbound/outbound.ts'

/**
 * Reads an issuer's metadata: OpenID Connect Discovery, else RFC 8414. The document's issuer must be the one asked for.
 * Throws `UpstreamFailure` with a reason that an admin can act on.
 */
export const discover = async (outbound: Outbound, issuer: string): ReturnType<OAuth['discover']> => {
  const first = await tryDiscovery(outbound, issuer, 'oidc')
  const metadata = first instanceof UpstreamFailure ? await tryDiscovery(outbound, issuer, 'oauth2') : first
  if (metadata instanceof UpstreamFailure) throw first instanceof UpstreamFailure ? first : metadata
  const { authorization_endpoint, token_endpoint } = metadata
  if (!authorization_endpoint || !token_endpoint) {
    throw new UpstreamFailure('badAnswer', { message: 'it names no authorization or no token endpoint' })
  }
  // RFC 8414 section 2: absent means client_secret_basic.
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return {
    issuer: metadata.issuer,
    authorizationUrl: authorization_endpoint,
    tokenUrl: token_endpoint,
    authMethod: methods.includes('client_secret_post') ? 'client_secret_post' : 'client_secret_basic',
    ...(metadata.jwks_uri !== undefined && { jwksUrl: metadata.jwks_uri }),
    ...(metadata.userinfo_endpoint !== undefined && { userInfoUrl: metadata.userinfo_endpoint }),
    ...(metadata.revocation_endpoint !== undefined && { revocationUri: metadata.revocation_endpoint }),
    ...(metadata.introspection_endpoint !== undefined && { introspectionUrl: metadata.introspection_endpoint }),
    ...(metadata.device_authorization_endpoint !== undefined && { deviceUrl: metadata.device_authorization_endpoint }),
    ...(metadata.scopes_supported && { scopesSupported: metadata.scopes_supported }),
  }
}

const tryDiscovery = async (outbound: Outbound, issuer: string, algorithm: 'oidc' | 'oauth2') => {
  let failure: UpstreamFailure | undefined
  try {
    const configuration = await discovery(new URL(issuer), 'grantkeeper', undefined, undefined, {
      algorithm,
      [customFetch]: (url, { method, headers }) =>
        call(outbound, url, { method, headers: { ...headers } }, limits.ordinary).catch((error: unknown) => {
          if (error instanceof UpstreamFailure) failure = error
          throw error
        }),
      execute: new URL(issuer).protocol === 'http:' ? [allowInsecureRequests] : [],
    })
    return configuration.serverMetadata()
  } catch (error) {
    return (
      failure ??
      new UpstreamFailure('badAnswer', { message: error instanceof Error ? error.message : 'it cannot be read' })
    )
  }
}
