import { describe, expect, test } from 'vitest'
import { Problem } from '../../../lib/domain/problem.ts'
import type { NamedType, ProviderMetadata } from '../../../lib/domain/providers/provider.ts'
import { catalogue } from '../../../lib/oauth/catalogue/catalogue.ts'
import { entries } from '../../../lib/oauth/catalogue/index.ts'

const { describe: describeProvider } = catalogue()
const at = (type: NamedType, metadata?: ProviderMetadata) =>
  describeProvider({ type, clientId: 'Iv1/a b', metadata }).settings

/** The fields that a refusal names, with what would be right. */
const refusal = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    if (error instanceof Problem) return error.fields
    throw error
  }
  return undefined
}

describe('a provider stands where its metadata says:', () => {
  test.each<[string, NamedType, ProviderMetadata | undefined, Record<string, unknown>]>([
    [
      'GitHub',
      'github',
      undefined,
      {
        issuer: 'https://github.com/login/oauth',
        authorizationUrl: 'https://github.com/login/oauth/authorize',
        tokenUrl: 'https://github.com/login/oauth/access_token',
        apiBaseUri: 'https://api.github.com',
        settingsUrl: 'https://github.com/settings/connections/applications/Iv1%2Fa%20b',
        revocationUri: 'https://api.github.com/applications/Iv1%2Fa%20b/token',
        wholeRevocationUri: 'https://api.github.com/applications/Iv1%2Fa%20b/grant',
        leftoverRevocationUri: 'https://api.github.com/credentials/revoke',
      },
    ],
    [
      'GitHub Enterprise Server',
      'github',
      { host: 'git.example.com:8443' },
      {
        issuer: undefined,
        authorizationUrl: 'https://git.example.com:8443/login/oauth/authorize',
        apiBaseUri: 'https://git.example.com:8443/api/v3',
        revocationUri: 'https://git.example.com:8443/api/v3/applications/Iv1%2Fa%20b/token',
        leftoverRevocationUri: undefined,
      },
    ],
    [
      'GHE.com',
      'github',
      { host: 'Acme.ghe.com' },
      {
        issuer: undefined,
        tokenUrl: 'https://acme.ghe.com/login/oauth/access_token',
        userInfoUrl: 'https://api.acme.ghe.com/user',
      },
    ],
    [
      'GitLab below a path',
      'gitlab',
      { host: 'https://git.example.com/gitlab/' },
      {
        tokenUrl: 'https://git.example.com/gitlab/oauth/token',
        userInfoUrl: 'https://git.example.com/gitlab/api/v4/user',
        deviceUrl: 'https://git.example.com/gitlab/oauth/authorize_device',
      },
    ],
    [
      'Bitbucket Cloud',
      'bitbucket',
      { host: 'bitbucket.org' },
      { tokenUrl: 'https://bitbucket.org/site/oauth2/access_token', authMethod: 'client_secret_basic' },
    ],
    [
      'Bitbucket Data Center',
      'bitbucket',
      { host: 'bitbucket.example.com' },
      {
        tokenUrl: 'https://bitbucket.example.com/rest/oauth2/latest/token',
        authMethod: 'client_secret_post',
        refreshTtl: undefined,
      },
    ],
    [
      'Microsoft for everybody',
      'microsoft',
      undefined,
      { tokenUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/token' },
    ],
    [
      'a tenant of Microsoft',
      'microsoft',
      { tenant: '4B6E2F10-77c1-4f0e-9d52-0a1b2c3d4e5f' },
      {
        authorizationUrl:
          'https://login.microsoftonline.com/4B6E2F10-77c1-4f0e-9d52-0a1b2c3d4e5f/oauth2/v2.0/authorize',
      },
    ],
    [
      'a sovereign cloud',
      'microsoft',
      { host: 'login.microsoftonline.us', tenant: 'contoso.onmicrosoft.us' },
      {
        tokenUrl: 'https://login.microsoftonline.us/contoso.onmicrosoft.us/oauth2/v2.0/token',
        userInfoUrl: 'https://graph.microsoft.us/v1.0/me',
        scopePrefix: 'https://graph.microsoft.us/',
      },
    ],
    [
      "personal accounts' settings",
      'microsoft',
      { tenant: 'consumers' },
      { settingsUrl: 'https://account.live.com/consent/Manage' },
    ],
    [
      'a My Domain',
      'salesforce',
      { host: 'acme.my.salesforce.com' },
      { tokenUrl: 'https://acme.my.salesforce.com/services/oauth2/token' },
    ],
    [
      'Box Verified Enterprise',
      'box',
      { host: 'ent.box.com' },
      { authorizationUrl: 'https://ent.box.com/api/oauth2/authorize', tokenUrl: 'https://api.box.com/oauth2/token' },
    ],
    [
      'the government Slack',
      'slack',
      { host: 'slack-gov.com' },
      { tokenUrl: 'https://slack-gov.com/api/oauth.v2.access' },
    ],
  ])('%s', (_title, type, metadata, expected) => {
    const settings = at(type, metadata)

    expect(settings).toMatchObject(Object.fromEntries(Object.entries(expected).filter(([, value]) => value)))
    for (const [name, value] of Object.entries(expected)) {
      if (value === undefined) expect(settings).not.toHaveProperty(name)
    }
  })
})

describe('a place is refused, and the field named:', () => {
  const noHost = 'must be a host, such as git.example.com, or its https URL'

  test.each<[string, NamedType, ProviderMetadata, string, string | RegExp]>([
    ['what is no host', 'github', { host: 'no host' }, 'metadata.host', noHost],
    ['a query', 'gitlab', { host: 'https://git.example.com/?a' }, 'metadata.host', noHost],
    ['a user', 'gitlab', { host: 'https://user@git.example.com' }, 'metadata.host', noHost],
    ['what runs nowhere else', 'google', { host: 'google.example' }, 'metadata.host', /^must be accounts\.google\.com/],
    ['an unknown cloud', 'microsoft', { host: 'login.example' }, 'metadata.host', /login\.microsoftonline\.us or/],
    ['a tenant where there are none', 'github', { tenant: 'common' }, 'metadata.tenant', 'GitHub has no tenants'],
    ['no tenant at all', 'microsoft', { tenant: 'a/b' }, 'metadata.tenant', /^must be common, organizations/],
    ['a path for a tenant', 'microsoft', { tenant: '..' }, 'metadata.tenant', /^must be common/],
  ])('%s', (_title, type, metadata, name, message) => {
    const fields = refusal(() => at(type, metadata))

    expect(fields).toEqual([{ name, message: typeof message === 'string' ? message : expect.stringMatching(message) }])
  })
})

describe('every entry', () => {
  const all = Object.entries(entries)

  test.each(all)('%s has public https endpoints only, and no template in them', (type) => {
    const { profileUrls = {}, scopeAliases: _, userInfoBody: __, ...settings } = at(type as NamedType)

    const urls = Object.entries(settings).flatMap(([name, value]) => (/(Url|Uri)$/.test(name) ? [String(value)] : []))
    expect(urls.length).toBeGreaterThan(1)
    for (const url of [...urls, ...Object.values(profileUrls)]) expect(url).toMatch(/^https:\/\/[a-z0-9.-]+\/?/)
    for (const url of urls) expect(url).not.toMatch(/[{}]|undefined/)
  })

  test.each(all)('%s tells nobody apart by what is missing', (_type, entry) => {
    const fields = entry.profile({}, {})

    // An account without an id is none, rather than one that all of them share.
    expect(fields.sub).toBeUndefined()
  })
})

describe('the type test', () => {
  const standIn = 'http://127.0.0.1:4000'
  const local = catalogue({ standIn })

  test('is any of the others, with every endpoint at the stand-in', () => {
    const { settings } = local.describe({ type: 'test', clientId: 'c', metadata: { plays: 'github' } })

    expect(settings).toMatchObject({
      authorizationUrl: `${standIn}/github.com/login/oauth/authorize`,
      userInfoUrl: `${standIn}/api.github.com/user`,
      profileUrls: { emails: `${standIn}/api.github.com/user/emails` },
      issuer: 'https://github.com/login/oauth',
      settingsUrl: 'https://github.com/settings/connections/applications/c',
    })
  })

  test('must say whom it plays', () => {
    expect(refusal(() => local.describe({ type: 'test', clientId: 'c' }))).toEqual([
      { name: 'metadata.plays', message: expect.stringMatching(/^must be one of github, /) },
    ])
  })

  test('does not exist where there is no stand-in', () => {
    const unknown = refusal(() => describeProvider({ type: 'saml' as 'oidc', clientId: 'c' }))

    expect(refusal(() => describeProvider({ type: 'test', clientId: 'c', metadata: { plays: 'github' } }))).toEqual(
      unknown,
    )
  })
})
