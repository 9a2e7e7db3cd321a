import * as z from 'zod'
import { opaque, scopes, slug, text, time, url } from './fields.ts'

/** The provider types that `lib/oauth/catalogue/` describes. */
export const namedTypes = [
  'github',
  'gitlab',
  'bitbucket',
  'google',
  'box',
  'microsoft',
  'slack',
  'atlassian',
  'notion',
  'salesforce',
  'hubspot',
  'dropbox',
  'linear',
  'zoom',
  'asana',
  'discord',
] as const
export const genericTypes = ['oidc', 'oauth2'] as const
export const providerType = z
  .enum([...namedTypes, ...genericTypes, 'test'])
  .describe('`test` is any of the named ones, played by a stand-in; it exists on the local stack alone.')
export const providerStatus = z.enum(['active', 'inactive', 'disabled', 'deleted'])
export const statusReason = z.enum([
  'ok',
  'invalidClient',
  'adminInactive',
  'adminDisabled',
  'deleting',
  'deletionFailed',
])

export const provider = z
  .object({
    id: z.string(),
    orgId: z.string(),
    type: providerType,
    name: z.string(),
    slug: z.string(),
    clientId: z.string(),
    secureConfigId: z.string().describe('The opaque id of the sealed client secret; stable when the secret changes.'),
    status: providerStatus,
    statusReason,
    skipConsent: z.boolean(),
    scopes: z.array(z.string()),
    redirectUris: z.array(z.string()),
    callbackUrl: z.string().describe('The redirect URI to register with the provider.'),
    shared: z.boolean(),
    programmaticConnect: z.boolean(),
    metadata: z.object({
      host: z.string(),
      tenant: z.string().optional(),
      plays: z.enum(namedTypes).optional(),
      settingsUrl: z.string().optional().describe('Where users see, and can withdraw, what they have granted.'),
    }),
    issuer: z.string().optional(),
    apiBaseUri: z.string().optional(),
    revocationUri: z.string().optional(),
    appInstallUrl: z.string().optional(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'OAuthProvider' })

/** Parameter names that the flow itself sets; an admin's extra parameters must not replace them. */
const reserved = [
  'response_type',
  'client_id',
  'client_secret',
  'redirect_uri',
  'state',
  'scope',
  'nonce',
  'code',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'grant_type',
  'refresh_token',
]

const extraParams = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'must be a parameter name'), z.string().max(1024))
  .refine((params) => Object.keys(params).length <= 20, 'must have at most 20 entries')
  .refine(
    (params) => !Object.keys(params).some((name) => reserved.includes(name)),
    `must not set a parameter of the flow itself: ${reserved.join(', ')}`,
  )

/** A prompt that is left out may show a page or not; one that is forbidden makes every first consent fail. */
const authParams = extraParams.refine((params) => params.prompt !== 'none', {
  path: ['prompt'],
  message: 'must not be none: a first consent needs its page',
})

/** How a refresh token and its revocation behave; the cautious reading unless an admin knows better. */
const revocation = {
  revocationUri: url.optional(),
  revocationStyle: z
    .enum(['rfc7009', 'bearer', 'none'])
    .optional()
    .describe('`rfc7009`: token in the form; `bearer`: an empty POST that carries the token; `none`: never asked.'),
  revocationScope: z
    .enum(['token', 'userAndApp'])
    .optional()
    .describe(
      'What one revocation ends: that token, or (assumed unless said) everything of the user with this client.',
    ),
}

const everyProvider = {
  name: text(200),
  clientId: opaque(512),
  clientSecret: opaque(4096),
  skipConsent: z.boolean().optional(),
  slug: slug.optional(),
  scopes: scopes.optional(),
  redirectUris: z
    .array(url)
    .max(100)
    .optional()
    .describe('Further redirect URIs, compared exactly; `callbackUrl` is always allowed.'),
  shared: z.boolean().optional(),
  programmaticConnect: z.boolean().optional(),
  apiBaseUri: url.optional(),
  appInstallUrl: url.optional(),
  settingsUrl: url.optional(),
  authMethod: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
  authParams: authParams.optional(),
  ...revocation,
}

/** How a server wants to be talked to, where it differs from what is known of it. */
const knobs = {
  scopeSeparator: z.enum([' ', ',', '+'], 'must be a space, a comma or a plus').optional(),
  pkce: z.boolean().optional(),
  tokenParams: extraParams.optional(),
  refreshParams: extraParams.optional(),
  rotation: z.enum(['replace', 'keep']).optional().describe('`keep` ignores refresh tokens in refresh answers.'),
  defaultTtl: z.int().min(1).max(315_360_000).optional().describe('Seconds, when a token answer has no `expires_in`.'),
}

const place = {
  host: text(512)
    .optional()
    .describe('A self-hosted server or another cloud: its host, or its URL where it stands below a path.'),
  tenant: text(255).optional().describe('Microsoft: common, organizations, consumers, a GUID or a domain.'),
}

/** A provider that the catalogue knows: all it takes is the client. */
export const createNamedProvider = z
  .object({ type: z.enum(namedTypes), metadata: z.object(place).optional(), ...everyProvider, ...knobs })
  .meta({ id: 'CreateNamedProvider' })

/** One of these, played by the stand-in of the local stack. */
export const createTestProvider = z
  .object({
    type: z.literal('test'),
    metadata: z.object({ plays: z.enum(namedTypes).optional(), ...place }).optional(),
    ...everyProvider,
    ...knobs,
  })
  .meta({ id: 'CreateTestProvider', description: 'Exists on the local stack alone.' })

/** OpenID Connect: everything else comes from the issuer's discovery document, read once at creation. */
export const createOidcProvider = z
  .object({ type: z.literal('oidc'), issuer: url, ...everyProvider })
  .meta({ id: 'CreateOidcProvider' })

const jsonPointer = z
  .string()
  .max(256)
  .regex(/^(\/([^~/]|~[01])*)+$/, 'must be a JSON pointer (RFC 6901), such as /data/id')

/** OAuth 2.0 with explicit endpoints, and the knobs that real servers need. */
export const createOAuth2Provider = z
  .object({
    type: z.literal('oauth2'),
    ...everyProvider,
    authorizationUrl: url,
    tokenUrl: url,
    issuer: url.optional().describe('Compared with the `iss` of the redirect (RFC 9207) when there is one.'),
    introspectionUrl: url.optional(),
    deviceUrl: url.optional(),
    userInfoUrl: url.optional(),
    userInfoMethod: z.enum(['GET', 'POST']).optional(),
    userInfoHeaders: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'must be a header name'),
        z
          .string()
          .max(256)
          .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII'),
      )
      .refine(
        (headers) =>
          !Object.keys(headers).some((name) =>
            /^(authorization|cookie|host|content-length|connection|transfer-encoding)$/i.test(name),
          ),
        'must not set Authorization, Cookie, Host or a connection header',
      )
      .optional(),
    fieldMap: z
      .partialRecord(
        z.enum(['sub', 'name', 'givenName', 'familyName', 'nickName', 'email', 'picture', 'locale', 'description']),
        jsonPointer,
      )
      .optional()
      .describe('JSON pointers into the profile, or into the token answer when there is no `userInfoUrl`.'),
    bodyFormat: z.enum(['form', 'json']).optional(),
    ...knobs,
  })
  .meta({ id: 'CreateOAuth2Provider' })

export const createProvider = z
  .discriminatedUnion('type', [createNamedProvider, createOidcProvider, createOAuth2Provider, createTestProvider], {
    error: `must be one of ${[...namedTypes, ...genericTypes].join(', ')}`,
  })
  .meta({ id: 'CreateProviderRequest' })

const changeable = {
  name: text(200).optional(),
  slug: slug.optional(),
  clientSecret: opaque(4096).optional(),
  skipConsent: z.boolean().optional(),
  status: providerStatus
    .refine((status) => status !== 'deleted', 'cannot be set to deleted: use DELETE, which answers with a job')
    .optional(),
  scopes: scopes.optional(),
  redirectUris: z.array(url).max(100).optional(),
  apiBaseUri: url.optional(),
  appInstallUrl: url.optional(),
  programmaticConnect: z.boolean().optional(),
}

/** A stored refresh token must never go to a new place, so what says where tokens go, and how, cannot be changed. */
const fixed = z.never('cannot be changed: delete the provider and create a new one').optional()
const fixedFields = Object.fromEntries(
  [createTestProvider, createOidcProvider, createOAuth2Provider]
    .flatMap(({ shape }) => Object.keys(shape))
    .filter((name) => !Object.hasOwn(changeable, name))
    .map((name) => [name, fixed]),
)

export const updateProvider = z
  .object({ ...changeable, ...fixedFields })
  .refine(
    (body) => Object.keys(changeable).some((name) => body[name as keyof typeof body] !== undefined),
    `must hold at least one of ${Object.keys(changeable).join(', ')}`,
  )
  .meta({ id: 'UpdateProviderRequest' })
