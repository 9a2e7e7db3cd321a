import { describe, expect, test } from 'vitest'
import { useStandIn } from './stage.ts'
import { tokensIn, type Visitor } from './visitor.ts'

const stage = useStandIn()

describe('of GitHub', () => {
  type Row = [kind: 'oauthApp' | 'githubApp', expiring: boolean | undefined, scope: string, expected: object]

  test.each<Row>([
    ['oauthApp', undefined, 'read:user', { prefix: 'gho_', refresh: false, scope: 'read:user' }],
    ['oauthApp', undefined, 'read:user offline_access', { prefix: 'gho_', refresh: true, scope: 'read:user' }],
    ['oauthApp', true, 'read:user', { prefix: 'gho_', refresh: true, scope: 'read:user' }],
    ['githubApp', undefined, 'read:user', { prefix: 'ghu_', refresh: true, scope: '' }],
    ['githubApp', false, 'anything,at all', { prefix: 'ghu_', refresh: false, scope: '' }],
  ])('an app of the kind %s, expiring: %s, asking for %s, gets %j', async (kind, expiring, scope, expected) => {
    const app = stage.app('github', 'app', { kind, ...(expiring === undefined ? {} : { expiring }) })

    const { access, refresh, reply } = await app.connect({ scope })

    expect({ prefix: access.slice(0, 4), refresh: refresh.startsWith('ghr_'), scope: reply.body.scope }).toEqual(
      expected,
    )
    expect(reply.body.expires_in !== undefined).toBe(refresh !== '')
    expect(reply.body.refresh_token_expires_in).toBe(refresh === '' ? undefined : 15_897_600)
  })

  const installations = (visitor: Visitor, access: string, query = '') =>
    visitor.call({ method: 'GET', url: `api.github.com/user/installations${query}`, auth: 'bearer' }, { access })

  test('a GitHub App has installations and reads e-mails, an OAuth App has none', async () => {
    const [githubApp, oauthApp] = [stage.app('github', 'gh', { kind: 'githubApp' }), stage.app('github', 'oauth')]
    const [{ access }, other] = [await githubApp.connect(), await oauthApp.connect()]

    const list = await installations(githubApp, access)
    const emails = await githubApp.call(
      { method: 'GET', url: 'api.github.com/user/emails', auth: 'bearer' },
      { access },
    )

    expect(list.body).toMatchObject({ total_count: 1, installations: [{ account: { login: 'acme-labs' } }] })
    expect(list.headers.get('link')).toBeNull()
    expect(emails.status).toBe(200)
    expect((await installations(oauthApp, other.access)).status).toBe(403)
  })

  test('installations come in pages that lead from one to the next', async () => {
    const app = stage.app('github', 'gh', { kind: 'githubApp' })
    const { access } = await app.connect()
    stage.control.setInstallations('github', 'mira-okafor', 250)

    const ids = new Set<number>()
    const sizes: number[] = []
    let query: string | undefined = '?per_page=100'
    for (let page = 1; page <= 5 && query !== undefined; page += 1) {
      const { body, headers } = await installations(app, access, query)
      sizes.push(body.installations.length)
      for (const { id } of body.installations) ids.add(id)
      query = /^<[^>?]*(\?[^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
    }

    expect(sizes).toEqual([100, 100, 50])
    expect(ids.size).toBe(250)
  })

  test('installations come thirty at a time, never more than a hundred', async () => {
    const app = stage.app('github', 'gh', { kind: 'githubApp' })
    const { access } = await app.connect({}, { account: 'ada' })
    stage.control.setInstallations('github', 'ada', 101)

    const counts = []
    for (const query of ['', '?per_page=500'])
      counts.push((await installations(app, access, query)).body.installations.length)

    expect(counts).toEqual([30, 100])
  })
})

describe('of Slack', () => {
  const flow = {
    authorize: 'slack.com/oauth/v2/authorize',
    token: 'slack.com/api/oauth.v2.access',
  }
  const both = { scope: 'chat:write,users:read', user_scope: 'users:read' }

  test('an app has tokens of a bot and of a user', async () => {
    const visitor = stage.visitor('slack', flow)

    const { reply } = await visitor.connect(both)

    expect(reply.body).toMatchObject({
      ok: true,
      token_type: 'bot',
      access_token: expect.stringMatching(/^xoxb-/),
      scope: 'chat:write,users:read',
      authed_user: { access_token: expect.stringMatching(/^xoxp-/), token_type: 'user', scope: 'users:read' },
    })
    const ids = []
    for (const access of [reply.body.access_token, reply.body.authed_user.access_token])
      ids.push(await visitor.idSeen(access))
    expect(ids).toEqual(['U0BROKER00', 'U07LENA4242'])
  })

  test('an app that asks for a user alone has the token below authed_user', async () => {
    const visitor = stage.visitor('slack', flow)

    const { reply, access } = await visitor.connect({ scope: undefined, user_scope: 'users:read' })

    expect(reply.body).not.toHaveProperty('access_token')
    expect(await visitor.shows(access)).toBe(true)
  })

  test('an app may have tokens that rotate, each set by itself', async () => {
    const app = stage.app('slack', 'rotating', { expiring: true }, flow)
    const { reply } = await app.connect(both)
    const { authed_user: user } = reply.body

    const bot = tokensIn(await app.refresh(reply.body.refresh_token))
    const again = tokensIn(await app.refresh(user.refresh_token))

    expect(reply.body).toMatchObject({ expires_in: 43_200, refresh_token: expect.stringMatching(/^xoxe-1-/) })
    expect([bot.reply.body.token_type, again.reply.body.token_type]).toEqual(['bot', 'user'])
    expect(await app.idSeen(bot.access)).toBe('U0BROKER00')
    expect(await app.idSeen(again.access)).toBe('U07LENA4242')
    expect((await app.refresh(reply.body.refresh_token)).body.error).toBe('invalid_refresh_token')
  })

  test('a token without the scope is told so in the body', async () => {
    const visitor = stage.visitor('slack')
    const { access } = await visitor.connect({ scope: 'users:read.email' })

    const answer = await visitor.call(
      { method: 'GET', url: 'slack.com/api/users.info?user=U07LENA4242', auth: 'bearer' },
      { access },
    )

    expect([answer.status, answer.body]).toEqual([200, { ok: false, error: 'missing_scope', needed: 'users:read' }])
  })

  test('signing in is a flow of its own', async () => {
    const visitor = stage.visitor('slack', {
      authorize: 'slack.com/openid/connect/authorize',
      token: 'slack.com/api/openid.connect.token',
      scope: 'openid email profile',
      user: { method: 'GET', url: 'slack.com/api/openid.connect.userInfo', auth: 'bearer' },
      id: ['/sub', 'U07LENA4242'],
    })

    const { access, reply } = await visitor.connect()

    expect(await visitor.shows(access)).toBe(true)
    expect(reply.body).toMatchObject({ token_type: 'Bearer', id_token: expect.any(String) })
    expect(await stage.visitor('slack').ask({ scope: 'openid,email' })).toEqual({ page: 'invalid_scope' })
  })
})

describe('token answers say more', () => {
  test.each([
    ['gitlab', { created_at: expect.any(Number) }],
    ['bitbucket', { state: 'authorization_code' }],
    ['box', { restricted_to: [] }],
    ['google', { id_token: expect.any(String) }],
    ['microsoft', { ext_expires_in: 4187, id_token: expect.any(String) }],
    ['notion', { bot_id: expect.any(String), workspace_id: expect.any(String), owner: { type: 'user' } }],
    ['salesforce', { instance_url: 'https://acme.my.salesforce.com', issued_at: expect.stringMatching(/^\d{13}$/) }],
    ['hubspot', { hub_id: 46_012_345 }],
    ['dropbox', { account_id: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc' }],
    ['asana', { data: { gid: '1204987654321098', email: 'priya@corp.example' } }],
  ] as const)('at %s: %j', async (provider, members) => {
    const { reply } = await stage.visitor(provider).connect()

    expect(reply.body).toMatchObject(members)
  })

  test('but not when they expire, at Salesforce', async () => {
    expect((await stage.visitor('salesforce').connect()).reply.body).not.toHaveProperty('expires_in')
  })
})
