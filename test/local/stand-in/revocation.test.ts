import { describe, expect, test } from 'vitest'
import { type PlayedProvider, playedProviders } from '../../../lib/local/stand-in/played-provider.ts'
import { type Call, manuals } from './manual.ts'
import { useStandIn } from './stage.ts'
import type { Visitor } from './visitor.ts'

const stage = useStandIn()

function revoke(visitor: Visitor, changes: Partial<Call>, tokens: { access?: string; refresh?: string }) {
  const { revoke } = visitor.manual
  if (!revoke) throw new Error(`${visitor.provider} has no revocation.`)
  return visitor.call({ ...revoke, ...changes }, tokens)
}

const revoking = playedProviders.filter((provider) => manuals[provider].revoke)

describe('revoking', () => {
  type Row = [PlayedProvider, ends: 'token' | 'grant' | 'all']

  test.each<Row>([
    ['github', 'token'],
    ['gitlab', 'grant'],
    ['google', 'all'],
    ['box', 'grant'],
    ['slack', 'token'],
    ['notion', 'grant'],
    ['salesforce', 'grant'],
    ['hubspot', 'grant'],
    ['dropbox', 'grant'],
    ['linear', 'grant'],
    ['zoom', 'grant'],
    ['asana', 'grant'],
    ['discord', 'all'],
  ])('a token of %s ends: %s', async (provider, ends) => {
    const visitor = stage.visitor(provider)
    const one = await visitor.connect()
    const sibling = await visitor.connect()
    const stranger = await visitor.connect({}, { account: 'ada' })

    await revoke(visitor, {}, one)

    expect(await visitor.shows(one.access)).toBe(false)
    expect(await visitor.shows(sibling.access)).toBe(ends !== 'all')
    expect(await visitor.idSeen(stranger.access)).toEqual(expect.anything())
    if (one.refresh === '') return
    expect((await visitor.refresh(one.refresh)).body?.access_token === undefined).toBe(ends !== 'token')
  })

  test.each(['bitbucket', 'microsoft', 'atlassian'] as const)('%s has no such endpoint', (provider) => {
    expect(stage.visitor(provider).manual.revoke).toBeUndefined()
  })

  test('at Google brings the consent page and the refresh token back', async () => {
    const visitor = stage.visitor('google')
    const first = await visitor.connect({ prompt: undefined })

    await revoke(visitor, {}, first)

    expect((await visitor.connect({ prompt: undefined })).refresh).not.toBe('')
  })
})

describe('revoking a token that is not known', () => {
  const never = { access: 'never-given', refresh: 'never-given' }
  type Row = [PlayedProvider, status: number, error: string | undefined]

  test.each<Row>([
    ['github', 404, undefined],
    ['gitlab', 200, undefined],
    ['google', 400, 'invalid_token'],
    ['box', 400, 'invalid_token'],
    ['slack', 200, 'invalid_auth'],
    ['notion', 200, undefined],
    ['salesforce', 400, 'unsupported_token_type'],
    ['hubspot', 200, undefined],
    ['dropbox', 401, undefined],
    ['linear', 200, undefined],
    ['zoom', 200, undefined],
    ['asana', 200, undefined],
    ['discord', 200, undefined],
  ])('of %s answers %i %s', async (provider, status, error) => {
    const answer = await revoke(stage.visitor(provider), {}, never)

    expect(answer.status).toBe(status)
    if (provider !== 'dropbox') expect(answer.body?.error).toBe(error)
  })
})

describe('revoking a token that is over', () => {
  test('is refused by Google when it has expired', async () => {
    const visitor = stage.visitor('google')
    const { access } = await visitor.connect()

    stage.control.advance(3599)

    expect((await revoke(visitor, { form: { token: access } }, {})).body.error).toBe('invalid_token')
  })

  test('is refused by Box when it was replaced', async () => {
    const visitor = stage.visitor('box')
    const { refresh } = await visitor.connect()
    const { body } = await visitor.refresh(refresh)

    expect((await revoke(visitor, { form: { token: refresh } }, {})).body.error).toBe('invalid_token')
    expect(await visitor.shows(body.access_token)).toBe(true)
  })
})

describe.each(revoking.filter((provider) => ['basic', 'post'].includes(manuals[provider].revoke?.auth ?? '')))(
  'the revocation endpoint of %s',
  (provider) => {
    test('refuses a client with a wrong secret, unless it asks for none', async () => {
      const visitor = stage.visitor(provider)
      const tokens = await visitor.connect()

      const { clientSecret } = visitor
      visitor.clientSecret = 'wrong'
      const answer = await revoke(visitor, {}, tokens)
      visitor.clientSecret = clientSecret

      const asksForNone = provider === 'linear'
      expect(answer.status >= 400).toBe(!asksForNone)
      expect(await visitor.shows(tokens.access)).toBe(!asksForNone)
    })

    test('does nothing for a token of another client, unless it asks for none', async () => {
      const visitor = stage.visitor(provider)
      const tokens = await visitor.connect()

      await revoke(stage.app(provider, 'another'), {}, tokens)

      expect(await visitor.shows(tokens.access)).toBe(provider !== 'linear')
    })
  },
)

describe('a revocation is refused', () => {
  test.each([
    ['gitlab', 'without credentials', { auth: 'none' }, 401],
    ['box', 'without credentials', { auth: 'none' }, 400],
    ['zoom', 'with credentials in the body', { auth: 'post' }, 401],
    ['google', 'without a token', { form: {} }, 400],
    ['google', 'in JSON', { form: undefined, json: { token: '{refresh}' } }, 400],
    ['notion', 'in a form', { json: undefined, form: { token: '{access}' } }, 400],
    ['notion', 'without the version', { headers: {} }, 400],
    ['dropbox', 'without its null', { json: undefined }, 400],
    ['github', 'without credentials', { auth: 'none' }, 401],
    ['github', 'without a body', { json: undefined }, 422],
    ['github', 'without a User-Agent', { headers: { 'user-agent': '' } }, 403],
    ['github', 'of another app', { url: 'api.github.com/applications/another/token' }, 404],
  ] as const)('by %s %s', async (provider, _, changes, status) => {
    const visitor = stage.visitor(provider)
    const tokens = await visitor.connect()

    const answer = await revoke(visitor, changes as Partial<Call>, tokens)

    expect(answer.status).toBe(status)
    expect(await visitor.shows(tokens.access)).toBe(true)
  })
})

describe('of GitHub', () => {
  const app = (method: string, path: string, status?: number): Call => ({
    method,
    url: `api.github.com/applications/{clientId}/${path}`,
    auth: 'basic',
    json: { access_token: '{access}' },
    ...(status === undefined ? {} : { status }),
  })

  test('an app may check a token of its own', async () => {
    const visitor = stage.visitor('github')
    const { access } = await visitor.connect()

    const [good, unknown] = [
      await visitor.call(app('POST', 'token'), { access }),
      await visitor.call(app('POST', 'token'), { access: 'gho_never' }),
    ]

    expect(good.body).toMatchObject({ token_last_eight: access.slice(-8), user: { login: 'mira-okafor' } })
    expect([good.status, unknown.status]).toEqual([200, 404])
  })

  test('an app gets 422 for a token that has expired', async () => {
    const visitor = stage.visitor('github')
    const { access } = await visitor.connect()

    stage.control.advance(28_800)

    expect((await visitor.call(app('DELETE', 'token'), { access })).status).toBe(422)
  })

  test('a grant ends with all its tokens, and with the consent', async () => {
    const visitor = stage.visitor('github')
    const [one, sibling] = [await visitor.connect(), await visitor.connect()]

    const answer = await visitor.call(app('DELETE', 'grant'), one)
    const denied = await visitor.authorize({}, { deny: true })

    expect(answer.status).toBe(204)
    expect([await visitor.shows(sibling.access), denied.searchParams.get('error')]).toEqual([false, 'access_denied'])
    expect(stage.control.liveGrants('github')).toEqual([])
  })

  test('anyone may revoke credentials that leaked, refresh tokens too', async () => {
    const visitor = stage.visitor('github')
    const { access, refresh } = await visitor.connect()

    const revocation = {
      url: 'api.github.com/credentials/revoke',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    }
    const answer = await visitor.send({ ...revocation, body: JSON.stringify({ credentials: [refresh, 'gho_never'] }) })
    const empty = await visitor.send({ ...revocation, body: JSON.stringify({ credentials: [] }) })

    expect([answer.status, empty.status]).toEqual([202, 422])
    expect((await visitor.refresh(refresh)).body?.error).toBe('bad_refresh_token')
    expect(await visitor.shows(access)).toBe(true)
  })
})
