import * as z from 'zod'
import { newIdField, opaque, scopes, slug, text, time, url } from './fields.ts'
import { closed } from './names.ts'

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

/** Parameter names that the flow itself sets, or that would change who answers and how: not for an admin's parameters. */
const reserved = [
  'response_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'redirect_uri',
  'state',
  'scope',
  'nonce',
  'response_mode',
  'code',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'grant_type',
  'refresh_token',
  'request',
  'request_uri',
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

/** What error codes of a provider may be said to mean; every other class is told by the call itself. */
const errorClass = z.enum(['grantDead', 'needsUser', 'codeBad', 'clientRejected', 'transient'])

const jsonPointer = z
  .string()
  .max(256)
  .regex(/^(\/([^~/]|~[01])*)+$/, 'must be a JSON pointer (RFC 6901), such as /data/id')

/** How a server is talked to, and how its answers are read: nothing of it says where tokens go, or who an account is. */
const manners = {
  authMethod: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
  authParams: authParams.optional(),
  scopeSeparator: z.enum([' ', ',', '+'], 'must be a space, a comma or a plus').optional(),
  pkce: z.boolean().optional(),
  tokenParams: extraParams.optional(),
  refreshParams: extraParams.optional(),
  rotation: z.enum(['replace', 'keep']).optional().describe('`keep` ignores refresh tokens in refresh answers.'),
  defaultTtl: z
    .int()
    .min(1)
    .max(315_360_000)
    .optional()
    .describe('Seconds, when neither a token answer nor an earlier one says how long a token lives.'),
  expiresIn: z
    .enum(['seconds', 'milliseconds', 'epochSeconds', 'epochMilliseconds', 'rfc3339'])
    .optional()
    .describe('What `expires_in` is: a lifetime, or the time of its end.'),
  errorIn: z
    .union(
      [z.string().regex(/^[A-Za-z_][\w.-]{0,63}$/), jsonPointer],
      'must be the name of a member, or a JSON pointer',
    )
    .optional()
    .describe('Where an error answer has its code when that is not `error`: the name of a member, or a JSON pointer.'),
  errors: z
    .record(z.string().regex(/^\w{1,64}$/, 'must be an error code, or a status'), errorClass)
    .refine((errors) => Object.keys(errors).length <= 50, 'must have at most 50 entries')
    .optional()
    .describe(
      'What error codes mean that are not those of the standard, such as `{"invalid_token": "grantDead"}`; a status, such as `"401"`, where there is no code.',
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
