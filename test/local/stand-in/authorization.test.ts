import { describe, expect, test } from 'vitest'
import { type PlayedProvider, playedProviders } from '../../../lib/local/stand-in/played-provider.ts'
import { manuals } from './manual.ts'
import { useStandIn } from './stage.ts'
import { REDIRECT_URI } from './visitor.ts'

const stage = useStandIn()

describe.each(playedProviders)('the authorization endpoint of %s', (provider) => {
  test('refuses on a page what it must not send back', async () => {
    const visitor = stage.visitor(provider)

    const outcomes = [
      await visitor.ask({ client_id: 'nobody' }),
      await visitor.ask({ client_id: undefined }),
      await visitor.ask({ redirect_uri: undefined }),
      await visitor.ask({ redirect_uri: 'https://elsewhere.example.test/oauth2/callback' }),
      await visitor.ask({ redirect_uri: `${REDIRECT_URI}#part` }),
    ]

    expect(outcomes).toEqual([
      { page: 'invalid_client' },
      { page: 'invalid_client' },
      { page: 'redirect_uri_missing' },
      { page: 'redirect_uri_mismatch' },
      { page: 'redirect_uri_mismatch' },
    ])
  })

  test('gives the state back with a code, and with a refusal of the user', async () => {
    const visitor = stage.visitor(provider)

    const denied = await visitor.authorize({}, { deny: true, account: 'ada' })
    const allowed = await visitor.authorize({}, { account: 'ada' })

    expect(Object.fromEntries(denied.searchParams)).toMatchObject({ state: 'state-1', error: 'access_denied' })
    expect(Object.fromEntries(allowed.searchParams)).toMatchObject({ state: 'state-1', code: expect.any(String) })
    expect(allowed.searchParams.has('error')).toBe(false)
  })
})

describe('a request is refused', () => {
  const page = (error: string) => ({ page: error })
  const back = (error: string) => ({ back: error })
  type Row = [PlayedProvider, string, Record<string, string | undefined>, object | 'asked']

  test.each<Row>([
    ['github', 'with commas between scopes', { scope: 'read:user,user:email' }, back('invalid_scope')],
    ['gitlab', 'with commas between scopes', { scope: 'read_user,api' }, back('invalid_scope')],
    ['gitlab', 'with a scope of another provider', { scope: 'user:email' }, back('invalid_scope')],
    ['google', 'with commas between scopes', { scope: 'openid,email' }, page('invalid_scope')],
    ['google', 'without a scope', { scope: undefined }, page('invalid_scope')],
    ['microsoft', 'with commas between scopes', { scope: 'openid,User.Read' }, back('invalid_scope')],
    [
      'microsoft',
      'with scopes of two resources',
      { scope: 'User.Read https://management.azure.com/user_impersonation' },
      back('invalid_scope'),
    ],
    ['box', 'with commas between scopes', { scope: 'root_readonly,item_upload' }, page('invalid_scope')],
    ['slack', 'with blanks between scopes', { scope: 'users:read users:read.email' }, page('invalid_scope')],
    ['atlassian', 'with commas between scopes', { scope: 'read:me,offline_access' }, back('invalid_scope')],
    ['salesforce', 'with commas between scopes', { scope: 'openid,api' }, back('invalid_scope')],
    ['hubspot', 'with commas between scopes', { scope: 'oauth,content' }, page('invalid_scope')],
    ['hubspot', 'without a scope that the app requires', { scope: 'content' }, page('invalid_scope')],
    ['dropbox', 'with commas between scopes', { scope: 'account_info.read,files.content.read' }, page('invalid_scope')],
    ['linear', 'with blanks between scopes', { scope: 'read write' }, back('invalid_scope')],
    ['asana', 'with commas between scopes', { scope: 'users:read,tasks:read' }, back('invalid_scope')],
    ['asana', 'with default among other scopes', { scope: 'default users:read' }, back('invalid_scope')],
    ['discord', 'with commas between scopes', { scope: 'identify,email' }, back('invalid_scope')],
    ['atlassian', 'without the audience', { audience: undefined }, back('invalid_request')],
    ['atlassian', 'with another audience', { audience: 'api.other.example' }, back('invalid_request')],
    ['notion', 'without the owner', { owner: undefined }, back('invalid_request')],
    ['salesforce', 'without a challenge', { code_challenge: undefined }, back('invalid_request')],
    ['github', 'with a challenge of another method', { code_challenge_method: 'plain' }, back('invalid_request')],
    [
      'github',
      'with a challenge of no method, which is plain',
      { code_challenge_method: undefined },
      back('invalid_request'),
    ],
    ['gitlab', 'with a challenge that is too short', { code_challenge: 'short' }, back('invalid_request')],
    ['microsoft', 'with a challenge of the wrong length', { code_challenge: 'c'.repeat(44) }, back('invalid_request')],
    [
      'google',
      'with a plain challenge that is too short',
      { code_challenge: 'short', code_challenge_method: 'plain' },
      page('invalid_request'),
    ],
    ['google', 'for a response type of another flow', { response_type: 'token' }, page('unsupported_response_type')],
    ['gitlab', 'for a response type of another flow', { response_type: 'token' }, back('unsupported_response_type')],
  ])('by %s %s', async (provider, _, changes, expected) => {
    expect(await stage.visitor(provider).ask(changes)).toEqual(expected)
  })

  test.each(playedProviders.filter((provider) => !['github', 'slack'].includes(provider)))(
    'by %s without a response type',
    async (provider) => {
      const outcome = await stage.visitor(provider).ask({ response_type: undefined })

      expect([page('invalid_request'), back('invalid_request')]).toContainEqual(outcome)
    },
  )

  test.each<Row>([
    ['bitbucket', 'whatever its scopes', { scope: 'anything,at all' }, 'asked'],
    ['zoom', 'whatever its scopes', { scope: 'anything,at all' }, 'asked'],
    ['notion', 'whatever its scopes', { scope: 'anything,at all' }, 'asked'],
    ['google', 'with a plain challenge', { code_challenge_method: 'plain' }, 'asked'],
    ['linear', 'without a scope, since read is implied', { scope: undefined }, 'asked'],
    ['box', 'without a scope, since the app has its own', { scope: undefined }, 'asked'],
  ])('not by %s %s', async (provider, _, changes, expected) => {
    expect(await stage.visitor(provider).ask(changes)).toEqual(expected)
  })
})

describe('redirect URIs', () => {
  const registered = 'https://app.example.test/callback'
  type Row = [PlayedProvider, registered: string, asked: string, allowed: boolean]

  test.each<Row>([
    ['gitlab', registered, registered, true],
    ['gitlab', registered, `${registered}/`, false],
    ['gitlab', registered, `${registered}/deep`, false],
    ['gitlab', registered, 'https://app.example.test/Callback', false],
    ['gitlab', registered, `${registered}?a=b`, false],
    ['google', 'http://localhost:8080/callback', 'http://localhost:8081/callback', false],
    ['box', 'http://localhost:8080/callback', 'http://localhost:8081/callback', true],
    ['box', registered, 'https://app.example.test:8443/callback', false],
    ['microsoft', 'http://localhost/callback', 'http://localhost:8081/callback', true],
    ['microsoft', registered, 'https://app.example.test/CALLBACK', false],
    ['bitbucket', registered, `${registered}/deep`, true],
    ['bitbucket', registered, `${registered}s`, false],
    ['github', registered, `${registered}/deep`, true],
    ['github', registered, 'https://login.app.example.test/callback', true],
    ['github', registered, 'https://app.example.test:8443/callback', false],
    ['github', registered, 'https://evilapp.example.test/callback', false],
    ['github', registered, 'http://app.example.test/callback', false],
    ['github', registered, 'https://app.example.test/callbacks', false],
    ['github', 'http://127.0.0.1/callback', 'http://127.0.0.1:4711/callback', true],
    ['hubspot', 'http://127.0.0.1:8080/callback', 'http://127.0.0.1:8080/callback', false],
    ['hubspot', 'http://localhost:8080/callback', 'http://localhost:8080/callback', true],
  ])('of %s: registered %s, asked %s, allowed: %s', async (provider, uri, asked, allowed) => {
    const app = stage.app(provider, `app for ${uri}`, { redirectUris: [uri] })

    const outcome = await app.ask({ redirect_uri: asked })

    expect(outcome).toEqual(allowed ? 'asked' : { page: 'redirect_uri_mismatch' })
  })

  test('of a GitHub App are exact', async () => {
    const app = stage.app('github', 'github-app', { kind: 'githubApp' })

    expect(await app.ask()).toBe('asked')
    expect(await app.ask({ redirect_uri: `${registered}/deep` })).toEqual({ page: 'redirect_uri_mismatch' })
  })

  test.each([
    ['http://127.0.0.1:1/oauth2/callback/x', true],
    ['http://[::1]:8080/oauth2/callback', true],
    ['http://localhost:9/oauth2/callbacks', false],
    ['https://127.0.0.1/oauth2/callback', false],
    ['http://127.0.0.1.example.test/oauth2/callback', false],
    ['http://127.0.0.1@example.test/oauth2/callback', false],
    ['http://user@127.0.0.1/oauth2/callback', false],
    ['http://:password@127.0.0.1/oauth2/callback', false],
  ])('of the ready-made client: %s allowed: %s', async (uri, allowed) => {
    const outcome = await stage.visitor('gitlab').ask({ redirect_uri: uri })

    expect(outcome).toEqual(allowed ? 'asked' : { page: 'redirect_uri_mismatch' })
  })
})

describe('the consent page', () => {
  /** Whether a person who says no comes back empty-handed: who is not asked cannot say no. */
  const isShown = async (provider: PlayedProvider, changes: Record<string, string | undefined> = {}) =>
    !(await stage.visitor(provider).authorize(changes, { account: 'ada', deny: true })).searchParams.has('code')

  type Row = [PlayedProvider, again: boolean, changes?: Record<string, string | undefined>]
  test.each<Row>([
    ['github', false],
    ['gitlab', false],
    ['bitbucket', false],
    ['google', false, { prompt: undefined }],
    ['google', false, { prompt: 'select_account' }],
    ['google', true, { prompt: 'select_account consent' }],
    ['box', true],
    ['microsoft', false],
    ['microsoft', true, { prompt: 'consent' }],
    ['slack', true],
    ['atlassian', false, { prompt: undefined }],
    ['atlassian', true],
    ['notion', true],
    ['salesforce', true, { prompt: 'consent' }],
    ['dropbox', false],
    ['dropbox', true, { force_reapprove: 'true' }],
    ['linear', true, { prompt: 'consent' }],
    ['discord', true, { prompt: undefined }],
    ['discord', false, { prompt: 'none' }],
  ])('of %s is shown again to who said yes before: %s, with %j', async (provider, again, changes = {}) => {
    await stage.visitor(provider).connect({}, { account: 'ada' })

    expect(await isShown(provider, changes)).toBe(again)
  })

  test('is shown again for a scope that is new', async () => {
    await stage.visitor('github').connect({}, { account: 'ada' })

    expect(await isShown('github', { scope: 'read:user repo' })).toBe(true)
    expect(await isShown('github', { scope: 'read:user' })).toBe(false)
  })

  test('is shown again after the user has removed the app', async () => {
    await stage.visitor('github').connect({}, { account: 'ada' })

    stage.control.revokeGrant('github', 'ada')

    expect(await isShown('github')).toBe(true)
  })

  test('is not shown for a trusted app', async () => {
    const app = stage.app('gitlab', 'trusted-app', { trusted: true })

    const callback = await app.authorize({}, { account: 'ada', deny: true })

    expect(callback.searchParams.has('code')).toBe(true)
  })

  test.each(['google', 'microsoft'] as const)('of %s is an error with prompt=none', async (provider) => {
    const callback = await stage.visitor(provider).authorize({ prompt: 'none' }, { account: 'nobody-yet' })

    expect(callback.searchParams.get('error')).toBe('interaction_required')
  })
})

describe('a refresh token comes', () => {
  const refreshTokenOf = async (provider: PlayedProvider, changes: Record<string, string | undefined>) =>
    (await stage.visitor(provider).connect(changes, { account: 'ada' })).refresh !== ''

  type Row = [PlayedProvider, string, Record<string, string | undefined>]
  test.each<Row>([
    ['google', 'access_type', { access_type: undefined }],
    ['microsoft', 'offline_access', { scope: 'openid User.Read' }],
    ['atlassian', 'offline_access', { scope: 'read:me' }],
    ['salesforce', 'refresh_token', { scope: 'openid api' }],
    ['dropbox', 'token_access_type', { token_access_type: undefined }],
    ['github', 'offline_access', { scope: 'read:user' }],
  ])('from %s with %s alone', async (provider, _, without) => {
    expect(await refreshTokenOf(provider, without)).toBe(false)
    expect(await refreshTokenOf(provider, {})).toBe(true)
  })

  test('from Google with a consent page alone', async () => {
    const noPrompt = { prompt: undefined }

    const [first, second, forced] = [
      await refreshTokenOf('google', noPrompt),
      await refreshTokenOf('google', noPrompt),
      await refreshTokenOf('google', { prompt: 'consent' }),
    ]

    expect([first, second, forced]).toEqual([true, false, true])
  })
})

test('the names of scopes are the long ones where the provider has such', async () => {
  const google = await stage.visitor('google').connect({ scope: 'openid email' })
  const microsoft = await stage.visitor('microsoft').connect()

  expect(google.reply.body).toMatchObject({ scope: 'openid https://www.googleapis.com/auth/userinfo.email' })
  expect(microsoft.reply.body).toMatchObject({ scope: 'openid profile email https://graph.microsoft.com/User.Read' })
})

test.each(Object.entries(manuals))('%s has the lifetime that it says', async (provider, { expiresIn }) => {
  const visitor = stage.visitor(provider as PlayedProvider)
  const { access } = await visitor.connect()

  stage.control.advance((expiresIn ?? 10 * 365 * 24 * 3600) - 5)
  const before = await visitor.shows(access)
  stage.control.advance(5)

  expect(before).toBe(true)
  expect(await visitor.shows(access)).toBe(expiresIn === null)
})
