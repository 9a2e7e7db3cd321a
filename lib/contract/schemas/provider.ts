import * as z from 'zod'
import { newIdField, opaque, scopes, slug, text, time, url } from './fields.ts'
import { closed } from './names.ts'
import { jsonPointer, manners } from './provider-manners.ts'

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
/** The signature algorithms that ID tokens may have: never `none`, nor one whose key is the client's secret. */
export const idTokenAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const
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
  id: newIdField
    .optional()
    .describe('A UUIDv7 that no provider has, so that `callbackUrl` is known before the app is registered.'),
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
  ...revocation,
  ...manners,
}

/** How the ID tokens of a server are checked (OpenID Connect Core section 3.1.3.7). */
const idTokens = {
  nonce: z.boolean().optional().describe('false for a server that never gives it back, such as LinkedIn.'),
  idTokenAlgorithms: z
    .array(z.enum(idTokenAlgorithms))
    .min(1)
    .max(idTokenAlgorithms.length)
    .optional()
    .describe('By which ID tokens, and a signed profile, may be signed; `oidc`: discovered, else RS256.'),
}

const place = {
  host: text(512)
    .optional()
    .describe('A self-hosted server or another cloud: its host, or its URL where it stands below a path.'),
  tenant: text(255).optional().describe('Microsoft: common, organizations, consumers, a GUID or a domain.'),
}

/** Why a name that another type takes is none of this one; undefined for one that no type takes. */
const elsewhere = (name: string): string | undefined => {
  const types = { oidc: createOidcProvider, oauth2: createOAuth2Provider, 'named types': createNamedProvider }
  const taking = Object.entries(types).filter(([, { shape }]) => Object.hasOwn(shape, name))
  return taking.length > 0 ? `is taken by ${taking.map(([type]) => type).join(' and ')} alone` : undefined
}

/** A provider that the catalogue knows: all it takes is the client. */
export const createNamedProvider = closed(
  { type: z.enum(namedTypes), metadata: closed(place).optional(), ...everyProvider },
  elsewhere,
).meta({ id: 'CreateNamedProvider' })

/** One of these, played by the stand-in of the local stack. */
export const createTestProvider = closed(
  {
    type: z.literal('test'),
    metadata: closed({ plays: z.enum(namedTypes).optional(), ...place }).optional(),
    ...everyProvider,
  },
  elsewhere,
).meta({ id: 'CreateTestProvider', description: 'Exists on the local stack alone.' })

/** OpenID Connect: everything else comes from the issuer's discovery document, read once at creation. */
export const createOidcProvider = closed(
  { type: z.literal('oidc'), issuer: url, ...everyProvider, ...idTokens },
  elsewhere,
).meta({ id: 'CreateOidcProvider' })

/** OAuth 2.0 with explicit endpoints, and the knobs that real servers need. */
export const createOAuth2Provider = closed(
  {
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
    jwksUrl: url
      .optional()
      .describe('The keys of its ID tokens, which are checked then; needs `issuer`, and the scope openid.'),
    ...idTokens,
  },
  elsewhere,
)
  .refine(({ jwksUrl, issuer }) => jwksUrl === undefined || issuer !== undefined, {
    path: ['issuer'],
    message: 'is required with jwksUrl: it is compared with that of ID tokens',
  })
  .refine(({ jwksUrl, idTokenAlgorithms }) => jwksUrl !== undefined || idTokenAlgorithms === undefined, {
    path: ['idTokenAlgorithms'],
    message: 'needs jwksUrl: without keys ID tokens are not looked at',
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
  ...manners,
}

/** A stored refresh token must never go to a new place: what says where tokens go, or who an account is, stays. */
const fixed = z.never('cannot be changed: delete the provider and create a new one').optional()
const fixedFields = Object.fromEntries(
  [createTestProvider, createOidcProvider, createOAuth2Provider]
    .flatMap(({ shape }) => Object.keys(shape))
    .filter((name) => !Object.hasOwn(changeable, name))
    .map((name) => [name, fixed]),
)

export const updateProvider = closed({ ...changeable, ...fixedFields })
  .refine(
    (body) => Object.keys(changeable).some((name) => body[name as keyof typeof body] !== undefined),
    `must hold at least one of ${Object.keys(changeable).join(', ')}`,
  )
  .meta({ id: 'UpdateProviderRequest' })
