import type * as z from 'zod'
import type { createProvider } from '../../contract/schemas/provider.ts'
import type { Caller } from '../caller.ts'
import { newId } from '../ids.ts'
import type { Audit, OAuth, ProviderStore, Vault } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { sealClientSecret } from './client-secret.ts'
import type { Provider, ProviderSettings } from './provider.ts'
import { deriveSlug } from './slug.ts'

export type NewProvider = z.output<typeof createProvider>

export interface RegisterPorts {
  readonly providers: ProviderStore
  readonly vault: Vault
  readonly oauth: Pick<OAuth, 'discover'>
  readonly audit: Audit
  /** Undefined when requests may go to this URL, else the reason why not. */
  readonly refuseUrl: (url: string) => string | undefined
}

/** The request fields that name a place to which Grantkeeper, or a browser with its state, will go. */
const placeFields = [
  'issuer',
  'authorizationUrl',
  'tokenUrl',
  'userInfoUrl',
  'revocationUri',
  'introspectionUrl',
  'deviceUrl',
  'apiBaseUri',
] as const

/** How often another derived slug is tried when somebody has just taken it. */
const SLUG_TRIES = 4

/**
 * Registers a provider with its secret sealed and its slug taken. For `oidc` the issuer's metadata is read now and kept,
 * so that later nothing depends on it. Throws `invalidRequest` (the field of a URL, `issuer`), `slugTaken`.
 */
export const register = async (ports: RegisterPorts, caller: Caller, request: NewProvider): Promise<Provider> => {
  for (const field of placeFields) {
    const url = (request as Partial<Record<typeof field, string>>)[field]
    const reason = url === undefined ? undefined : ports.refuseUrl(url)
    if (reason !== undefined) throw invalid(field, reason)
  }
  const { settings, scopes } =
    request.type === 'oidc'
      ? await discovered(ports, request)
      : { settings: explicit(request), scopes: request.scopes ?? [] }

  const now = Date.now()
  const base = {
    orgId: caller.orgId,
    id: newId(now),
    type: request.type,
    name: request.name,
    clientId: request.clientId,
    secretId: newId(now),
    secretVersion: 1,
    scopes,
    redirectUris: request.redirectUris ?? [],
    skipConsent: request.skipConsent ?? false,
    shared: request.shared ?? false,
    programmaticConnect: request.programmaticConnect ?? false,
    ...(request.apiBaseUri !== undefined && { apiBaseUri: request.apiBaseUri }),
    ...(request.appInstallUrl !== undefined && { appInstallUrl: request.appInstallUrl }),
    settings,
    state: 'active',
    createdAt: now,
    updatedAt: now,
  } as const
  const secret = await sealClientSecret(ports.vault, base, 1, request.clientSecret)
  ports.audit.record({ action: 'provider.created', ...caller, providerId: base.id })

  for (let tries = 0; tries < SLUG_TRIES; tries++) {
    const provider = { ...base, slug: request.slug ?? deriveSlug(request.name, tries) }
    if ((await ports.providers.create(provider, secret)) === 'created') return provider
    if (request.slug !== undefined) break
  }
  throw new Problem('slugTaken')
}

/** The knobs that both generic types share, with their defaults. */
const knobs = (request: NewProvider) => ({
  pkce: true,
  scopeSeparator: ' ',
  bodyFormat: 'form' as const,
  userInfoMethod: 'GET' as const,
  rotation: 'replace' as const,
  revocationStyle: request.revocationStyle ?? ('rfc7009' as const),
  revocationScope: request.revocationScope ?? ('userAndApp' as const),
  ...(request.revocationUri !== undefined && { revocationUri: request.revocationUri }),
  ...(request.settingsUrl !== undefined && { settingsUrl: request.settingsUrl }),
  ...(request.authParams !== undefined && { authParams: request.authParams }),
})

const explicit = (request: Extract<NewProvider, { type: 'oauth2' }>): ProviderSettings => {
  const optional = {
    issuer: request.issuer,
    userInfoUrl: request.userInfoUrl,
    introspectionUrl: request.introspectionUrl,
    deviceUrl: request.deviceUrl,
    tokenParams: request.tokenParams,
    refreshParams: request.refreshParams,
    userInfoHeaders: request.userInfoHeaders,
    fieldMap: request.fieldMap,
    defaultTtl: request.defaultTtl,
    pkce: request.pkce,
    scopeSeparator: request.scopeSeparator,
    bodyFormat: request.bodyFormat,
    userInfoMethod: request.userInfoMethod,
    rotation: request.rotation,
  }
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined))
  return {
    ...knobs(request),
    authorizationUrl: request.authorizationUrl,
    tokenUrl: request.tokenUrl,
    authMethod: request.authMethod ?? 'client_secret_post',
    ...(given as Partial<typeof optional & ProviderSettings>),
  }
}

/** What an OIDC provider needs when the admin says nothing: who the account is, and that access can be renewed. */
const wantedScopes = ['openid', 'profile', 'email', 'offline_access']

const discovered = async (
  ports: RegisterPorts,
  request: Extract<NewProvider, { type: 'oidc' }>,
): Promise<{ settings: ProviderSettings; scopes: readonly string[] }> => {
  const { scopesSupported, ...found } = await ports.oauth.discover(request.issuer).catch((error: unknown) => {
    if (error instanceof UpstreamFailure) throw invalid('issuer', `has no usable discovery document: ${error.message}`)
    throw error
  })
  for (const url of [found.authorizationUrl, found.tokenUrl, found.userInfoUrl, found.jwksUrl, found.revocationUri]) {
    const reason = url === undefined ? undefined : ports.refuseUrl(url)
    if (reason !== undefined) throw invalid('issuer', `names an endpoint that ${reason}`)
  }
  const scopes =
    request.scopes ?? wantedScopes.filter((scope) => scopesSupported?.includes(scope) ?? scope !== 'offline_access')
  return {
    settings: {
      authMethod: 'client_secret_basic',
      ...found,
      ...knobs(request),
      ...(request.authMethod && { authMethod: request.authMethod }),
    },
    scopes,
  }
}
