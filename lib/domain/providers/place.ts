import type * as z from 'zod'
import type { createProvider } from '../../contract/schemas/provider.ts'
import type { Catalogue, OAuth } from '../ports.ts'
import { invalid } from '../problem.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { mannersOf, overridden } from './overrides.ts'
import type { Provider, ProviderSettings } from './provider.ts'

export type NewProvider = z.output<typeof createProvider>

export interface PlacePorts {
  readonly oauth: Pick<OAuth, 'discover'>
  readonly catalogue: Catalogue
  /** Undefined when requests may go to this URL, else the reason why not. */
  readonly refuseUrl: (url: string) => string | undefined
}

/** The request fields that name a place to which Grantkeeper, or a browser with its state, will go. */
const placeFields = [
  'issuer',
  'authorizationUrl',
  'tokenUrl',
  'userInfoUrl',
  'jwksUrl',
  'revocationUri',
  'introspectionUrl',
  'deviceUrl',
  'apiBaseUri',
] as const

type Place = Pick<Provider, 'settings' | 'overrides' | 'metadata' | 'scopes'>

/**
 * Where the provider of a request is, and how it is talked to.
 * Throws `invalidRequest` (the field of a URL, `issuer`, `metadata.host`, `metadata.tenant`, `metadata.plays`, `type`).
 */
export const placeOf = async (ports: PlacePorts, request: NewProvider): Promise<Place> => {
  for (const field of placeFields) {
    const url = (request as Partial<Record<typeof field, string>>)[field]
    const reason = url === undefined ? undefined : ports.refuseUrl(url)
    if (reason !== undefined) throw invalid(field, reason)
  }
  switch (request.type) {
    case 'oidc':
      return discovered(ports, request)
    case 'oauth2':
      return { settings: explicit(request), scopes: request.scopes ?? [] }
    default:
      return catalogued(ports, request)
  }
}

/** What of the request is set. */
const given = <Members extends object>(members: Members): { [Name in keyof Members]?: NonNullable<Members[Name]> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never

/** The knobs that every type has. */
const knobs = (request: NewProvider) => ({
  ...mannersOf(request),
  ...given({
    settingsUrl: request.settingsUrl,
    revocationUri: request.revocationUri,
    revocationStyle: request.revocationStyle,
    revocationScope: request.revocationScope,
  }),
})

/** Those about the ID tokens of a server. */
const idTokenKnobs = (request: Extract<NewProvider, { type: 'oidc' | 'oauth2' }>) =>
  given({ nonce: request.nonce, idTokenAlgorithms: request.idTokenAlgorithms })

/** How a server is talked to that nothing else is known of. */
const usual = {
  pkce: true,
  scopeSeparator: ' ',
  bodyFormat: 'form',
  userInfoMethod: 'GET',
  rotation: 'replace',
  revocationStyle: 'rfc7009',
  revocationScope: 'userAndApp',
} as const

const explicit = (request: Extract<NewProvider, { type: 'oauth2' }>): ProviderSettings => ({
  ...usual,
  authMethod: 'client_secret_post',
  authorizationUrl: request.authorizationUrl,
  tokenUrl: request.tokenUrl,
  ...knobs(request),
  ...idTokenKnobs(request),
  ...given({
    issuer: request.issuer,
    jwksUrl: request.jwksUrl,
    userInfoUrl: request.userInfoUrl,
    introspectionUrl: request.introspectionUrl,
    deviceUrl: request.deviceUrl,
    userInfoHeaders: request.userInfoHeaders,
    fieldMap: request.fieldMap,
    bodyFormat: request.bodyFormat,
    userInfoMethod: request.userInfoMethod,
  }),
})

const catalogued = (
  { catalogue, refuseUrl }: PlacePorts,
  request: Extract<NewProvider, { metadata?: unknown }>,
): Place => {
  const { settings, scopes } = catalogue.describe(request)
  for (const url of [settings.authorizationUrl, settings.tokenUrl, settings.userInfoUrl, settings.apiBaseUri]) {
    const reason = url === undefined ? undefined : refuseUrl(url)
    if (url === undefined || reason === undefined) continue
    const field = request.metadata?.host === undefined ? 'type' : 'metadata.host'
    throw invalid(field, `stands for ${new URL(url).host}, which ${reason}`)
  }
  const overrides = knobs(request)
  return {
    ...(request.metadata && { metadata: request.metadata }),
    overrides,
    settings: overridden(settings, overrides),
    scopes: request.scopes ?? scopes,
  }
}

/** What an OIDC provider needs when the admin says nothing: who the account is, and that access can be renewed. */
const wantedScopes = ['openid', 'profile', 'email', 'offline_access']

const discovered = async (ports: PlacePorts, request: Extract<NewProvider, { type: 'oidc' }>): Promise<Place> => {
  const { scopesSupported, ...found } = await ports.oauth.discover(request.issuer).catch((error: unknown) => {
    if (error instanceof UpstreamFailure) throw invalid('issuer', `has no usable discovery document: ${error.message}`)
    throw error
  })
  const { authorizationUrl, tokenUrl, userInfoUrl, jwksUrl, revocationUri, introspectionUrl, deviceUrl } = found
  for (const url of [authorizationUrl, tokenUrl, userInfoUrl, jwksUrl, revocationUri, introspectionUrl, deviceUrl]) {
    const reason = url === undefined ? undefined : ports.refuseUrl(url)
    if (reason !== undefined) throw invalid('issuer', `names an endpoint that ${reason}`)
  }
  const scopes =
    request.scopes ?? wantedScopes.filter((scope) => scopesSupported?.includes(scope) ?? scope !== 'offline_access')
  return {
    settings: {
      ...usual,
      authMethod: 'client_secret_basic',
      consentParams: { prompt: 'consent' },
      ...found,
      ...knobs(request),
      ...idTokenKnobs(request),
    },
    scopes,
  }
}
