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
  // The library looks at the issuer alone: everything else may be of any type.
  const named = metadata as Readonly<Record<string, unknown>>
  const authorizationUrl = text(named.authorization_endpoint)
  const tokenUrl = text(named.token_endpoint)
  if (authorizationUrl === undefined || tokenUrl === undefined) {
    throw new UpstreamFailure('badAnswer', { message: 'it names no authorization or no token endpoint' })
  }
  const algorithms = texts(named.id_token_signing_alg_values_supported)?.filter(isTaken)
  const optional = {
    idTokenAlgorithms: algorithms?.length ? algorithms : undefined,
    jwksUrl: text(named.jwks_uri),
    userInfoUrl: text(named.userinfo_endpoint),
    revocationUri: text(named.revocation_endpoint),
    introspectionUrl: text(named.introspection_endpoint),
    deviceUrl: text(named.device_authorization_endpoint),
    scopesSupported: texts(named.scopes_supported),
  }
  // RFC 8414 section 2: absent means client_secret_basic.
  const methods = texts(named.token_endpoint_auth_methods_supported) ?? []
  return {
    issuer: metadata.issuer,
    authorizationUrl,
    tokenUrl,
    authMethod: methods.includes('client_secret_post') ? 'client_secret_post' : 'client_secret_basic',
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Defined<
      typeof optional
    >),
  }
}

/** Signed by a key of the issuer's: `none` proves nothing, and HS would make a key of the client secret. */
const isTaken = (algorithm: string): boolean => /^((RS|PS|ES)(256|384|512)|EdDSA)$/.test(algorithm)

type Defined<Type> = { readonly [Name in keyof Type]?: NonNullable<Type[Name]> }

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined

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
