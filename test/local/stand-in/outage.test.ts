import { describe, expect, test } from 'vitest'
import { useStandIn } from './stage.ts'

const stage = useStandIn()

describe('an outage', () => {
  test('of the token endpoint leaves the refresh token as it was', async () => {
    const visitor = stage.visitor('gitlab')
    const { refresh, access } = await visitor.connect()

    stage.control.set('gitlab', { outage: { at: 'token', status: 503, retryAfterSeconds: 7 } })
    const out = await visitor.refresh(refresh)
    const meanwhile = await visitor.shows(access)
    stage.control.set('gitlab', { outage: null })

    expect([out.status, out.headers.get('retry-after'), out.text]).toEqual([503, '7', ''])
    expect(meanwhile).toBe(true)
    expect((await visitor.refresh(refresh)).status).toBe(200)
  })

  test('may be of the API, answer with a page, and end by itself', async () => {
    const visitor = stage.visitor('discord')
    const { access } = await visitor.connect()
    const body = '<html>Too many requests</html>'

    stage.control.set('discord', { outage: { at: 'api', status: 429, body, times: 2 } })
    const answers = [await visitor.user(access), await visitor.user(access), await visitor.user(access)]

    expect(answers.map(({ status }) => status)).toEqual([429, 429, 200])
    expect(answers[0]?.text).toBe(body)
  })

  test.each([
    ['authorization', 'github.com/login/oauth/authorize', 'GET'],
    ['revocation', 'github.com/nowhere', 'GET'],
    ['revocation', 'api.github.com/credentials/revoke', 'POST'],
    ['device', 'github.com/login/device/code', 'POST'],
  ] as const)('of the kind %s is where it is, here at %s', async (at, url, method) => {
    stage.control.set('github', { outage: { at, status: 500 } })

    const { status } = await stage.visitor('github').send({ url, method, headers: {} })

    expect(status).toBe(url.endsWith('nowhere') ? 404 : 500)
  })
})

describe('a refresh may be refused', () => {
  const claims = '{"access_token":{"capolids":{"essential":true,"values":["p1"]}}}'

  test.each([
    ['microsoft', { error: 'interaction_required', members: { claims, suberror: 'basic_action' } }, 400],
    ['google', { error: 'invalid_grant', members: { error_subtype: 'invalid_rapt' } }, 400],
    ['atlassian', { error: 'invalid_grant', status: 403 }, 403],
  ] as const)('by %s with %j', async (provider, refuseRefreshWith, status) => {
    const visitor = stage.visitor(provider)
    const { refresh } = await visitor.connect()

    stage.control.set(provider, { refuseRefreshWith })
    const refused = await visitor.refresh(refresh)
    stage.control.set(provider, { refuseRefreshWith: null })

    expect(refused.status).toBe(status)
    expect(refused.body).toMatchObject({
      error: refuseRefreshWith.error,
      ...('members' in refuseRefreshWith ? refuseRefreshWith.members : {}),
    })
    expect((await visitor.refresh(refresh)).status).toBe(200)
  })
})
