import { describe, expect, test } from 'vitest'
import type { PlayedProvider } from '../../../lib/local/stand-in/played-provider.ts'
import { type Manual, manuals } from './manual.ts'
import { useStandIn } from './stage.ts'

const stage = useStandIn()

/** The manual of a provider with other hosts and paths. */
function moved(provider: PlayedProvider, ...moves: readonly (readonly [from: string, to: string])[]): Partial<Manual> {
  const move = (url: string) => moves.reduce((text, [from, to]) => text.replace(from, to), url)
  const { authorize, token, user, revoke } = manuals[provider]
  return {
    authorize: move(authorize),
    token: move(token),
    user: { ...user, url: move(user.url) },
    ...(revoke ? { revoke: { ...revoke, url: move(revoke.url) } } : {}),
  }
}

const places: readonly (readonly [name: string, PlayedProvider, Partial<Manual>])[] = [
  [
    'GitHub Enterprise Server',
    'github',
    moved('github', ['api.github.com', 'git.ghes.example/api/v3'], ['github.com', 'git.ghes.example']),
  ],
  ['GHE.com', 'github', moved('github', ['api.github.com', 'api.acme.ghe.com'], ['github.com', 'acme.ghe.com'])],
  ['self-managed GitLab', 'gitlab', moved('gitlab', ['gitlab.com', 'gitlab.corp.example'])],
  ['GitLab below a relative root', 'gitlab', moved('gitlab', ['gitlab.com', 'gitlab.corp.example/gitlab'])],
  ['Box Verified Enterprise', 'box', moved('box', ['account.box.com', 'ent.box.com'])],
  [
    'Microsoft in the cloud of the US government',
    'microsoft',
    moved('microsoft', ['microsoftonline.com', 'microsoftonline.us'], ['graph.microsoft.com', 'graph.microsoft.us']),
  ],
  [
    'Microsoft in the cloud of the US Department of Defense',
    'microsoft',
    moved(
      'microsoft',
      ['microsoftonline.com', 'microsoftonline.us'],
      ['graph.microsoft.com', 'dod-graph.microsoft.us'],
    ),
  ],
  [
    'Microsoft in China',
    'microsoft',
    moved(
      'microsoft',
      ['login.microsoftonline.com', 'login.partner.microsoftonline.cn'],
      ['graph.microsoft.com', 'microsoftgraph.chinacloudapi.cn'],
    ),
  ],
  ...['organizations', 'consumers', 'contoso.onmicrosoft.com', '2f1d7c0a-5b3e-4c86-9a47-6e5d4c3b2a10'].map(
    (tenant) => [`the tenant ${tenant}`, 'microsoft', moved('microsoft', ['common', tenant])] as const,
  ),
  ['GovSlack', 'slack', moved('slack', ['slack.com', 'slack-gov.com'])],
  ['a Salesforce sandbox', 'salesforce', moved('salesforce', ['login.', 'test.'])],
  ['a Salesforce domain', 'salesforce', moved('salesforce', ['login.', 'acme.my.'])],
  ['HubSpot of later', 'hubspot', moved('hubspot', ['2026-03', '2026-09'])],
]

test.each(places)('%s is played', async (_, provider, changes) => {
  const visitor = stage.visitor(provider, changes)

  const { access, refresh } = await visitor.connect()

  expect(await visitor.shows(access)).toBe(true)
  if (refresh !== '') expect((await visitor.refresh(refresh)).body?.access_token).toEqual(expect.any(String))
})

const worlds = places.filter(([name]) => /GitHub|GHE|GitLab|Microsoft|Gov|sandbox/.test(name))

test.each(worlds)('%s is a world of its own', async (_, provider, changes) => {
  const [here, there] = [stage.visitor(provider), stage.visitor(provider, changes)]
  const { access, refresh } = await here.connect()

  const code = (await here.authorize()).searchParams.get('code') ?? ''

  expect((await there.exchange(code)).body?.access_token).toBeUndefined()
  expect((await there.refresh(refresh)).body?.access_token).toBeUndefined()
  expect(await there.shows(access)).toBe(false)
  expect(await here.shows(access)).toBe(true)
})

test('a tenant that cannot be is refused', async () => {
  const visitor = stage.visitor('microsoft', moved('microsoft', ['common', 'no_such']))

  expect(await visitor.ask()).toEqual({ page: 'invalid_request' })
  expect((await visitor.exchange('code')).body?.error).toBe('invalid_request')
})

describe('on GitHub', () => {
  const server = places[0]?.[2] ?? {}
  const cloud = places[1]?.[2] ?? {}

  test('the callback names the issuer, but not that of a server', async () => {
    const issuers = []
    for (const changes of [{}, cloud, server])
      issuers.push((await stage.visitor('github', changes).authorize()).searchParams.get('iss'))

    expect(issuers).toEqual(['https://github.com/login/oauth', 'https://acme.ghe.com/login/oauth', null])
  })

  test('the scope offline_access is without effect on a server', async () => {
    const { refresh, reply } = await stage.visitor('github', server).connect()

    expect(refresh).toBe('')
    expect(reply.body).not.toHaveProperty('expires_in')
  })
})

describe('Bitbucket Data Center', () => {
  const host = 'bitbucket.corp.example'
  const manual: Partial<Manual> = {
    authorize: `${host}/rest/oauth2/latest/authorize`,
    scope: 'REPO_READ',
    pkce: true,
    token: `${host}/rest/oauth2/latest/token`,
    clientAuth: 'post',
    revoke: { method: 'POST', url: `${host}/rest/oauth2/latest/revoke`, auth: 'post', form: { token: '{refresh}' } },
    user: { method: 'GET', url: `${host}/rest/api/latest/inbox/pull-requests/count`, auth: 'bearer' },
  }

  test('names the user in a header and in a servlet', async () => {
    const visitor = stage.visitor('bitbucket', manual)
    const { access } = await visitor.connect()

    const [count, whoami] = [
      await visitor.user(access),
      await visitor.call({ method: 'GET', url: `${host}/plugins/servlet/applinks/whoami`, auth: 'bearer' }, { access }),
    ]

    expect([count.status, count.headers.get('x-ausername')]).toEqual([200, 'yarslan'])
    expect(whoami.text).toBe('yarslan')
  })

  test('refreshes and revokes', async () => {
    const visitor = stage.visitor('bitbucket', manual)
    const { access, refresh } = await visitor.connect()

    const second = await visitor.refresh(refresh)
    await visitor.call({ ...visitor.manual.user, ...manual.revoke }, { refresh })

    expect(second.body).toMatchObject({ scope: 'REPO_READ' })
    expect((await visitor.user(access)).status).toBe(401)
  })

  test('knows scopes of its own, and checks the verifier', async () => {
    const visitor = stage.visitor('bitbucket', manual)
    const code = (await visitor.authorize()).searchParams.get('code') ?? ''

    expect(await visitor.ask({ scope: 'account email' })).toEqual({ back: 'invalid_scope' })
    expect((await visitor.exchange(code, { code_verifier: undefined })).body?.error).toBe('invalid_grant')
  })
})
