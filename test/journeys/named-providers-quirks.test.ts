import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import type { StandInControl } from '../../lib/local/stand-in/control.ts'
import type { Quirks } from '../../lib/local/stand-in/quirks.ts'
import { aCaller, aGrantkeeper, type Caller, type Json } from '../support/grantkeeper.ts'
import { aNamedProvider, connectNamed, consentTo, type Played } from '../support/named-provider.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let control: StandInControl
let rows: Rows
let grace: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  control = grantkeeper.standIn.control
  rows = rowsOf(grantkeeper.stack)
  grace = await aCaller(grantkeeper)
})
afterAll(() => grantkeeper?.close())
beforeEach(() => {
  control.reset()
  control.clearRequests()
})

const connected = async (played: Played, account = ''): Promise<{ provider: Json; grant: Json }> => {
  const provider = await aNamedProvider(grantkeeper, played)
  const answer = await connectNamed(grace, provider.id, account)
  if (answer.status !== 200) throw new Error(`It was not connected: ${answer.status} ${answer.text}`)
  return { provider, grant: answer.body.authorizedProvider }
}
const tokenOf = (grant: Json) => grace.post(`/authorizedProviders/${grant.id}/accessToken/`)
const profileOf = (grant: Json) => grace.get(`/authorizedProviders/${grant.id}/userinfo/`)
const statusOf = async (grant: Json) => (await grace.get(`/authorizedProviders/${grant.id}/`)).body.status
const rowOf = async (grant: Json) => (await rows.of('GRANT#')).find(({ id }) => id === grant.id)
/** Lets the access token's time pass here; at the provider it is still good. */
const expireHere = async (grant: Json) => rows.change(await rowOf(grant), { accessTokenExpiresAt: Date.now() - 1 })
const refreshes = (plays: Played['plays']) =>
  control.requests(plays).filter(({ body }) => body.grant_type === 'refresh_token')

const githubApp: Played = { plays: 'github', client: { kind: 'githubApp' } }

describe('GitHub', () => {
  test('kills the old access token on refresh, and no caller is given it any more', async () => {
    const { grant } = await connected(githubApp)
    const old = (await tokenOf(grant)).body.accessToken
    await expireHere(grant)

    const during = await Promise.all(Array.from({ length: 20 }, () => tokenOf(grant)))
    const after = await Promise.all(Array.from({ length: 20 }, () => tokenOf(grant)))

    const given = new Set([...during, ...after].map(({ body }) => body.accessToken))
    expect(given.size).toBe(1)
    expect(given).not.toContain(old)
    expect(refreshes('github')).toHaveLength(1)
    expect((await profileOf(grant)).status).toBe(200)
  })

  test('says with status 200 that a refresh token is dead', async () => {
    const { grant } = await connected(githubApp)
    control.revokeGrant('github', '')
    await expireHere(grant)

    const answer = await tokenOf(grant)

    expect(refreshes('github')).toMatchObject([{ status: 200, error: 'bad_refresh_token' }])
    expect(answer.status).toBe(410)
    expect(await statusOf(grant)).toBe('expired')
  })

  test('says 403 where it means a rate limit, and nothing changes', async () => {
    const { provider, grant } = await connected(githubApp)
    const before = await rowOf(grant)
    control.set('github', { rateLimitAs403: true })

    const limited = await profileOf(grant)

    expect(limited.status).toBe(502)
    expect(await rowOf(grant)).toEqual(before)
    expect(await statusOf(grant)).toBe('active')
    expect((await grace.get(`/providers/${provider.id}/`)).body.statusReason).toBe('ok')
    control.reset('github')
    expect((await profileOf(grant)).status).toBe(200)
  })

  test('takes a while to know a new token, which nobody is told is refused', async () => {
    control.set('github', { replicaLagMs: 900 })
    const provider = await aNamedProvider(grantkeeper, githubApp)
    const first = await connectNamed(grace, provider.id)
    const grant = first.body.authorizedProvider
    const link = () => grace.get(`//api/v2/external-auth/${provider.id}`)
    await expireHere(grant)
    const profile = await profileOf(grant)
    await expireHere(grant)

    expect([first.status, profile.status, (await link()).body.authenticated]).toEqual([200, 200, true])
    expect(refreshes('github')).toHaveLength(2)
  })

  test('hides an e-mail address, which is then asked for, and may stay unknown', async () => {
    const { grant } = await connected(githubApp)
    const known = await profileOf(grant)
    control.set('github', { emailsEndpoint: false })

    const unknown = await profileOf(grant)

    expect(known.body.email).toBe('mira@work.example')
    expect(known.body.raw.emails).toHaveLength(2)
    expect(unknown).toMatchObject({ status: 200, body: { email: '' } })
  })

  test('is asked to end everything only with the last connection of an account', async () => {
    const { provider, grant } = await connected(githubApp)
    const mallory = await aCaller(grantkeeper, { user: 'mallory' })
    const other = (await connectNamed(mallory, provider.id)).body.authorizedProvider
    control.clearRequests()

    await grace.delete(`/authorizedProviders/${grant.id}/`)
    const still = await mallory.get(`/authorizedProviders/${other.id}/userinfo/`)
    await mallory.delete(`/authorizedProviders/${other.id}/`)

    const revocations = control.requests('github').filter(({ method }) => method === 'DELETE')
    expect(still.status).toBe(200)
    expect(revocations.map(({ path }) => path.split('/').at(-1))).toEqual(['token', 'grant'])
    expect(control.liveGrants('github').filter(({ clientId }) => clientId === provider.clientId)).toEqual([])
  })
})

describe('GitLab', () => {
  test('says in a header what a refused refresh is', async () => {
    const { grant } = await connected({ plays: 'gitlab' })
    control.revokeGrant('gitlab', '')
    await expireHere(grant)

    const answer = await tokenOf(grant)

    expect(refreshes('gitlab')).toMatchObject([{ status: 400, error: 'invalid_grant' }])
    expect(answer.status).toBe(410)
    expect(await statusOf(grant)).toBe('expired')
  })
})

describe('Google', () => {
  test('is silent about the refresh token on a second consent, and the first one stays', async () => {
    const { provider, grant } = await connected({ plays: 'google', fields: { skipConsent: true } })
    const first = await rowOf(grant)

    await connectNamed(grace, provider.id)
    const second = await rowOf(grant)
    await expireHere(grant)

    expect(second.generation).toBe(first.generation + 1)
    expect(second.refreshToken).toBeDefined()
    expect((await tokenOf(grant)).status).toBe(201)
    expect((await tokenOf(grant)).status).toBe(201)
    expect(refreshes('google')).toMatchObject([{ status: 200 }])
  })

  test('is silent about it on a refresh as well', async () => {
    const { grant } = await connected({ plays: 'google' })

    for (let n = 0; n < 3; n++) {
      await expireHere(grant)
      expect((await tokenOf(grant)).status).toBe(201)
    }

    expect(refreshes('google').map(({ status }) => status)).toEqual([200, 200, 200])
  })
})

describe('Box', () => {
  test('gives codes for thirty seconds, so they are exchanged in the very call that brings them', async () => {
    const { grant } = await connected({ plays: 'box' })

    const asked = control.requests('box').map(({ endpoint }) => endpoint)
    expect(asked.filter((endpoint) => endpoint === 'token')).toHaveLength(1)
    expect(grant.status).toBe('active')
  })

  test('refuses a code after that, and the flow is over', async () => {
    const provider = await aNamedProvider(grantkeeper, { plays: 'box' })
    const late = await consentTo(grace, provider.id)
    control.advance(31)

    const answer = await grace.post('/providers/callback/', late)

    expect(answer.status).toBe(400)
    expect(control.liveGrants('box').filter(({ clientId }) => clientId === provider.clientId)).toEqual([])
  })
})

describe('Bitbucket', () => {
  test('gives tokens of 2,600 characters, and they are kept whole', async () => {
    const { grant } = await connected({ plays: 'bitbucket' })
    const first = await tokenOf(grant)
    await expireHere(grant)
    const second = await tokenOf(grant)

    expect([first, second].map(({ body }) => body.accessToken.length)).toEqual([2600, 2600])
    expect(second.body.accessToken).not.toBe(first.body.accessToken)
    expect((await profileOf(grant)).status).toBe(200)
  })
})

describe('what is odd in an answer does no harm:', () => {
  test.each<[string, Played, Partial<Quirks>]>([
    ['a lifetime as text', { plays: 'gitlab' }, { expiresInAsString: true }],
    ['no refresh token but null', { plays: 'gitlab' }, { nullRefreshToken: true }],
    ['scopes under another name', { plays: 'bitbucket' }, { scopeField: 'scopes' }],
    ['no scopes at all', { plays: 'gitlab' }, { scopeField: 'none' }],
    ['scopes joined by commas', { plays: 'gitlab' }, { scopeJoin: ',' }],
    [
      'further parameters of the redirect',
      { plays: 'gitlab' },
      { extraCallbackParams: { hd: 'a', session_state: 'b' } },
    ],
    ['tokens of 8 KiB', { plays: 'google' }, { bigTokens: { access: 8192, refresh: 8192 } }],
    ['errors with status 200', { plays: 'google' }, { errorsAs200: true }],
    ['form-encoded answers to who does not ask for JSON', { plays: 'gitlab' }, { formUnlessAcceptJson: true }],
  ])('%s', async (_title, played, quirks) => {
    control.set(played.plays, quirks)

    const { grant } = await connected(played)
    const token = await tokenOf(grant)

    expect(grant.status).toBe('active')
    expect(token.status).toBe(201)
    expect((await profileOf(grant)).status).toBe(200)
  })
})
