import { describe, expect, test } from 'vitest'
import { type PlayedProvider, playedProviders } from '../../../lib/local/stand-in/played-provider.ts'
import type { Call } from './manual.ts'
import { useStandIn } from './stage.ts'

const stage = useStandIn()

const get = (url: string, headers: Record<string, string> = {}): Call => ({
  method: 'GET',
  url,
  auth: 'bearer',
  headers,
})

describe.each(playedProviders)('the API of %s', (provider) => {
  test('does not know a token that it never gave, nor one in the query, nor no token', async () => {
    const visitor = stage.visitor(provider)
    const { access } = await visitor.connect()
    const { user } = visitor.manual

    const inQuery = { ...user, auth: 'none', url: `${user.url}?access_token=${access}` } as const
    const { form: _, ...bare } = inQuery
    const ids = [
      await visitor.shows('never-given'),
      (await visitor.call(bare, { access })).text.includes(String(visitor.manual.id[1])),
      await visitor.shows(''),
    ]

    expect(ids).toEqual([false, false, false])
    expect(await visitor.shows(access)).toBe(true)
  })

  test('does not take a refresh token', async () => {
    const visitor = stage.visitor(provider)
    const { refresh } = await visitor.connect()

    // HubSpot names the user of either kind of token.
    expect(await visitor.shows(refresh)).toBe(provider === 'hubspot')
  })

  test('has another user for every other account, each time the same', async () => {
    const visitor = stage.visitor(provider)

    const ids = []
    for (const account of ['ada', 'grace', 'ada'])
      ids.push(await visitor.idSeen((await visitor.connect({}, { account })).access))

    const [ada, grace, again] = ids
    expect(new Set([ada, grace, visitor.manual.id[1]]).size).toBe(3)
    expect(again).toBe(ada)
    expect(typeof ada).toBe(typeof visitor.manual.id[1])
  })
})

describe('a token that is not good is refused', () => {
  test.each([
    ['github', 401],
    ['gitlab', 401],
    ['bitbucket', 401],
    ['google', 401],
    ['box', 401],
    ['microsoft', 401],
    // Slack says so in the body.
    ['slack', 200],
    ['atlassian', 401],
    ['notion', 401],
    ['salesforce', 401],
    ['dropbox', 401],
    // GraphQL says so in the body.
    ['linear', 400],
    ['zoom', 401],
    ['asana', 401],
    ['discord', 401],
  ] as const)('by %s with %i', async (provider, status) => {
    expect((await stage.visitor(provider).user('never-given')).status).toBe(status)
  })
})

describe('a scope that is missing', () => {
  type Row = [PlayedProvider, granted: string, url: string, status: number]

  test.each<Row>([
    ['github', 'read:user', 'api.github.com/user/emails', 404],
    ['github', 'user:email', 'api.github.com/user/emails', 200],
    ['github', 'repo', 'api.github.com/user', 200],
    ['gitlab', 'openid', 'gitlab.com/api/v4/user', 403],
    ['gitlab', 'openid', 'gitlab.com/oauth/userinfo', 200],
    ['gitlab', 'read_user', 'gitlab.com/oauth/userinfo', 403],
    ['gitlab', 'read_api', 'gitlab.com/api/v4/user', 200],
    ['google', 'https://www.googleapis.com/auth/drive.readonly', 'openidconnect.googleapis.com/v1/userinfo', 403],
    ['microsoft', 'openid', 'graph.microsoft.com/v1.0/me', 403],
    ['microsoft', 'openid', 'graph.microsoft.com/oidc/userinfo', 200],
    ['microsoft', 'https://graph.microsoft.com/User.Read', 'graph.microsoft.com/v1.0/me', 200],
    ['atlassian', 'read:jira-work', 'api.atlassian.com/me', 403],
    ['atlassian', 'read:jira-work', 'api.atlassian.com/oauth/token/accessible-resources', 200],
    ['salesforce', 'api', 'login.salesforce.com/services/oauth2/userinfo', 403],
    ['asana', 'tasks:read', 'app.asana.com/api/1.0/users/me', 403],
    ['asana', 'users:read', 'app.asana.com/api/1.0/users/me', 200],
    ['discord', 'guilds', 'discord.com/api/v10/users/@me', 403],
  ])('%s: with %s, %s answers %i', async (provider, scope, url, status) => {
    const visitor = stage.visitor(provider)
    const { access } = await visitor.connect({ scope })

    expect((await visitor.call(get(url), { access })).status).toBe(status)
  })

  test('hides the e-mail', async () => {
    const google = stage.visitor('google')
    const discord = stage.visitor('discord')

    const [bare, full] = [await google.connect({ scope: 'openid' }), await google.connect()]
    const [shy, open] = [await discord.connect({ scope: 'identify' }), await discord.connect()]

    expect((await google.user(bare.access)).body).toEqual({ sub: '108240017733559201144' })
    expect((await google.user(full.access)).body).toMatchObject({ email: 'ines@corp.example', name: 'Ines Carvalho' })
    expect((await discord.user(shy.access)).body).not.toHaveProperty('email')
    expect((await discord.user(open.access)).body).toMatchObject({ email: 'noemi@corp.example' })
  })
})

describe('a request is refused', () => {
  const answerTo = async (provider: PlayedProvider, changes: Partial<Call>) => {
    const visitor = stage.visitor(provider)
    const { access } = await visitor.connect()
    return visitor.call({ ...visitor.manual.user, ...changes }, { access })
  }

  test.each([
    ['github', 'without a User-Agent', { headers: { 'user-agent': '' } }, 403],
    ['discord', 'without a User-Agent', { headers: { 'user-agent': '' } }, 403],
    ['notion', 'without the version', { headers: {} }, 400],
    ['dropbox', 'without a body', { json: undefined }, 400],
    ['dropbox', 'with another argument than null', { json: {} }, 400],
    ['dropbox', 'by GET', { method: 'GET', json: undefined }, 405],
    ['linear', 'by GET', { method: 'GET', json: undefined }, 405],
    ['linear', 'at a path of REST', { method: 'GET', url: 'api.linear.app/viewer', json: undefined }, 404],
    ['linear', 'without a query', { json: {} }, 400],
    ['linear', 'for a field that is not there', { json: { query: '{ viewer { id nickname } }' } }, 400],
    ['gitlab', 'at a version of long ago', { url: 'gitlab.com/api/v3/user' }, 404],
    ['slack', 'on another host', { url: 'slack-gov.com/api/auth.test' }, 200],
  ] as const)('by %s %s', async (provider, _, changes, status) => {
    const answer = await answerTo(provider, changes as Partial<Call>)

    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain(String(stage.visitor(provider).manual.id[1]))
  })
})

test.each(['nowhere.example.test/user', 'github.com/nowhere', 'api.github.com/', 'user', ''])(
  'there is nothing at %j',
  async (place) => {
    const answer = await fetch(`${stage.standIn.url}/${place}`)

    expect(answer.status).toBe(404)
  },
)

describe('profiles', () => {
  const profile = async (provider: PlayedProvider, call: Call, changes: Record<string, string> = {}) => {
    const visitor = stage.visitor(provider)
    const { access } = await visitor.connect(changes)
    return (await visitor.call(call, { access })).body
  }

  test('of GitHub have a private e-mail, which is among the e-mails', async () => {
    expect(await profile('github', get('api.github.com/user'))).toMatchObject({ login: 'mira-okafor', email: null })
    expect(await profile('github', get('api.github.com/user/emails'))).toMatchObject([
      { email: 'mira@work.example', primary: true, verified: true },
      { primary: false },
    ])
  })

  test('of Bitbucket have their e-mails page by page, the confirmed one last', async () => {
    const pages = [
      await profile('bitbucket', get('api.bitbucket.org/2.0/user/emails')),
      await profile('bitbucket', get('api.bitbucket.org/2.0/user/emails?pagelen=1&page=2')),
    ]

    expect(pages).toMatchObject([
      { size: 2, values: [{ is_primary: false }, { email: 'yusuf@corp.example', is_confirmed: true }] },
      { size: 2, values: [{ email: 'yusuf@corp.example' }] },
    ])
  })

  test('of Microsoft have a name to sign in with and no mail, and another sub than the id', async () => {
    const me = await profile('microsoft', get('graph.microsoft.com/v1.0/me'))
    const userinfo = await profile('microsoft', get('graph.microsoft.com/oidc/userinfo'))

    expect(me).toMatchObject({ mail: null, userPrincipalName: 'pia_corp.example#EXT#@contoso.example' })
    expect(userinfo.sub).not.toBe(me.id)
  })

  test('of Slack are asked for by the id that auth.test gives', async () => {
    const visitor = stage.visitor('slack')
    const { access } = await visitor.connect()
    const { body } = await visitor.user(access)

    const info = await visitor.call(get(`slack.com/api/users.info?user=${body.user_id}`), { access })

    expect(info.body).toMatchObject({ ok: true, user: { id: 'U07LENA4242', profile: { email: 'lena@corp.example' } } })
  })
})

test('Google says of an access token what it is good for, in texts', async () => {
  const visitor = stage.visitor('google')
  const { access } = await visitor.connect()

  const info = await visitor.send({
    url: `oauth2.googleapis.com/tokeninfo?access_token=${access}`,
    method: 'GET',
    headers: {},
  })

  expect(info.body).toMatchObject({ aud: visitor.clientId, expires_in: expect.any(String), access_type: 'offline' })
})

test('Google says nothing of an access token that has expired', async () => {
  const visitor = stage.visitor('google')
  const { access } = await visitor.connect()

  stage.control.advance(3599)
  const url = `oauth2.googleapis.com/tokeninfo?access_token=${access}`

  expect((await visitor.send({ url, method: 'GET', headers: {} })).status).toBe(400)
})

test('HubSpot says nothing of the token of another app', async () => {
  const { access } = await stage.visitor('hubspot').connect()

  const answer = await stage.app('hubspot', 'another').user(access)

  expect(answer.body).toEqual({ active: false })
})

test('GitLab says of an access token what it is good for', async () => {
  const visitor = stage.visitor('gitlab')
  const { access } = await visitor.connect()

  const info = await visitor.call(get('gitlab.com/oauth/token/info'), { access })

  expect(info.body).toMatchObject({
    resource_owner_id: 40917,
    scope: ['read_user'],
    application: { uid: visitor.clientId },
  })
})
