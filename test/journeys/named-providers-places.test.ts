import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aCaller, aGrantkeeper, type Caller } from '../support/grantkeeper.ts'
import { aNamedProvider, connectNamed, type Played } from '../support/named-provider.ts'

let grantkeeper: LocalGrantkeeper
let grace: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  grace = await aCaller(grantkeeper)
})
afterAll(() => grantkeeper?.close())

/** The hosts that were asked, browser and functions together. */
const hostsAsked = (plays: Played['plays']) => [
  ...new Set(grantkeeper.standIn.control.requests(plays).map(({ host, path }) => `${host}${path.split('/oauth')[0]}`)),
]

describe('an account connects, and its token is served, at', () => {
  test.each<[string, Played, RegExp]>([
    ['GitHub as an OAuth App', { plays: 'github' }, /^(api\.)?github\.com/],
    [
      'GitHub as an OAuth App whose tokens expire',
      { plays: 'github', fields: { scopes: ['read:user', 'user:email', 'offline_access'] } },
      /^(api\.)?github\.com/,
    ],
    ['GitHub as a GitHub App', { plays: 'github', client: { kind: 'githubApp' } }, /^(api\.)?github\.com/],
    [
      'GitHub as a GitHub App whose tokens do not expire',
      { plays: 'github', client: { kind: 'githubApp', expiring: false } },
      /^(api\.)?github\.com/,
    ],
    ['GitHub Enterprise Server', { plays: 'github', metadata: { host: 'git.ghes.example' } }, /^git\.ghes\.example/],
    ['GHE.com', { plays: 'github', metadata: { host: 'acme.ghe.com' } }, /^(api\.)?acme\.ghe\.com/],
    ['GitLab of an organization', { plays: 'gitlab', metadata: { host: 'gitlab.acme.example' } }, /^gitlab\.acme/],
    [
      'GitLab below a path',
      { plays: 'gitlab', metadata: { host: 'https://gitlab.acme.example/gitlab' } },
      /^gitlab\.acme\.example\/gitlab/,
    ],
    [
      'GitLab with the scope openid alone',
      { plays: 'gitlab', fields: { scopes: ['openid', 'profile', 'email'] } },
      /^gitlab\.com/,
    ],
    [
      'Bitbucket Data Center',
      { plays: 'bitbucket', metadata: { host: 'bitbucket.acme.example' }, fields: { scopes: ['REPO_READ'] } },
      /^bitbucket\.acme\.example/,
    ],
    [
      'Microsoft, for everybody',
      { plays: 'microsoft' },
      /^(login\.microsoftonline\.com\/common|graph\.microsoft\.com)/,
    ],
    [
      'Microsoft, for one tenant',
      { plays: 'microsoft', metadata: { tenant: '4b6e2f10-77c1-4f0e-9d52-0a1b2c3d4e5f' } },
      /^(login\.microsoftonline\.com\/4b6e2f10|graph\.microsoft\.com)/,
    ],
    [
      'Microsoft, for personal accounts',
      { plays: 'microsoft', metadata: { tenant: 'consumers' } },
      /^(login\.microsoftonline\.com\/consumers|graph\.microsoft\.com)/,
    ],
    [
      'a sovereign cloud, for everybody',
      { plays: 'microsoft', metadata: { host: 'login.microsoftonline.us' } },
      /^(login\.microsoftonline\.us\/common|graph\.microsoft\.us)/,
    ],
    [
      'a sovereign cloud, for one domain',
      {
        plays: 'microsoft',
        metadata: { host: 'login.partner.microsoftonline.cn', tenant: 'contoso.partner.onmschina.cn' },
      },
      /^(login\.partner\.microsoftonline\.cn\/contoso|microsoftgraph\.chinacloudapi\.cn)/,
    ],
    ['Box Verified Enterprise', { plays: 'box', metadata: { host: 'ent.box.com' } }, /^(ent|api)\.box\.com/],
  ])('%s', async (_title, played, places) => {
    const provider = await aNamedProvider(grantkeeper, played)
    grantkeeper.standIn.control.clearRequests()

    const connected = await connectNamed(grace, provider.id)
    const { id } = connected.body.authorizedProvider ?? {}
    const token = await grace.post(`/authorizedProviders/${id}/accessToken/`)
    const profile = await grace.get(`/authorizedProviders/${id}/userinfo/`)

    expect(connected.status).toBe(200)
    expect(token.status).toBe(201)
    expect(profile.body.sub).toBe(connected.body.authorizedProvider.accountId)
    expect(hostsAsked(played.plays).filter((place) => !places.test(place))).toEqual([])
    expect(provider.metadata).toMatchObject({ plays: played.plays })
  })
})
