import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { checked } from '../support/conforms.ts'
import { begin, callbackOf, finish } from '../support/connecting.ts'
import { aCaller, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let rows: Rows
let grace: Caller

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  rows = rowsOf(grantkeeper.stack)
  grace = checked(await aCaller(grantkeeper))
})
afterAll(() => grantkeeper.close())
beforeEach(() => {
  grantkeeper.upstream.control.resetBehaviour()
  grantkeeper.upstream.control.clearRequests()
})

const connect = async (caller: Caller, providerId: string, account: string): Promise<Json> => {
  const { body } = await begin(caller, providerId)
  const answer = await finish(caller, callbackOf(providerId, await consent(body.redirectUrl, { account })))
  expect(answer.status).toBe(200)
  return answer.body.authorizedProvider
}

const tokenOf = async (caller: Caller, grant: Json): Promise<string> =>
  (await caller.post(`/authorizedProviders/${grant.id}/accessToken/`)).body.accessToken

/** Whether the upstream still takes this access token. */
const isAccepted = async (accessToken: string): Promise<boolean> => {
  const headers = { authorization: `Bearer ${accessToken}` }
  return (await fetch(`${grantkeeper.upstream.issuer}/userinfo`, { headers })).ok
}

const liveGrantsOf = async (account: string): Promise<Json[]> =>
  (await grantkeeper.upstream.control.liveGrants()).filter((grant) => grant.account === account)

describe('an account is connected', () => {
  test('by a consent, and its profile is answered with the grant', async () => {
    const provider = await aProvider(grantkeeper)

    const started = await begin(grace, provider.id)
    const redirect = await consent(started.body.redirectUrl, { account: 'hopper' })
    const answer = await finish(grace, callbackOf(provider.id, redirect))

    expect(redirect.origin + redirect.pathname).toBe(provider.callbackUrl)
    expect(answer.body).toMatchObject({
      authorizedProvider: {
        userId: 'grace',
        orgId: 'acme',
        status: 'active',
        accountId: 'hopper',
        oauthClientId: grantkeeper.upstream.client.clientId,
        scopes: ['openid', 'profile', 'email', 'offline_access'],
        provider: { id: provider.id },
      },
      userInfo: { sub: 'hopper', email: 'hopper@example.test', name: 'Hopper Example', nickname: 'hopper' },
    })
    const read = await grace.get(`/authorizedProviders/${answer.body.authorizedProvider.id}/`)
    expect(read.body).toEqual(answer.body.authorizedProvider)
    expect(await isAccepted(await tokenOf(grace, read.body))).toBe(true)
  })

  test('at paths without their last slash as well', async () => {
    const provider = await aProvider(grantkeeper)

    const started = await grace.post(`/providers/${provider.id}/authorize`)
    const redirect = await consent(started.body.redirectUrl, { account: 'slashless' })
    const answer = await grace.post('/providers/callback', callbackOf(provider.id, redirect))

    expect([started.status, answer.status]).toEqual([200, 200])
  })

  test('and what starts or ends the flow is nowhere in the table', async () => {
    const provider = await aProvider(grantkeeper)
    const { body } = await begin(grace, provider.id)
    const redirect = await consent(body.redirectUrl, { account: 'sealed' })
    const during = JSON.stringify(await rows.of('FLOW'))
    const answer = await finish(grace, callbackOf(provider.id, redirect))
    const token = await tokenOf(grace, answer.body.authorizedProvider)
    const after = JSON.stringify(await rows.of(''))

    for (const secret of [
      body.state,
      redirect.searchParams.get('code'),
      grantkeeper.upstream.client.clientSecret,
      token,
    ]) {
      expect(during + after).not.toContain(secret)
    }
    expect(JSON.stringify(await rows.of('FLOW'))).not.toContain(provider.id)
  })
})

describe('the same account connected again', () => {
  test('renews the grant under its id: the consent is counted, the tokens replaced, the old ones revoked', async () => {
    const provider = await aProvider(grantkeeper)
    const first = await connect(grace, provider.id, 'again')
    const oldToken = await tokenOf(grace, first)
    const second = await connect(grace, provider.id, 'again')
    const newToken = await tokenOf(grace, second)

    expect(second).toMatchObject({ id: first.id, credentialId: first.credentialId, createdAt: first.createdAt })
    expect(newToken).not.toBe(oldToken)
    const [row] = (await rows.of('GRANT')).filter(({ id }) => id === first.id)
    expect(row).toMatchObject({ generation: 2, tokenVersion: 2 })
    expect([await isAccepted(oldToken), await isAccepted(newToken)]).toEqual([false, true])
    expect(await liveGrantsOf('again')).toHaveLength(1)
  })

  test('brings a dead grant back to life', async () => {
    const provider = await aProvider(grantkeeper)
    const first = await connect(grace, provider.id, 'lazarus')
    const [row] = (await rows.of('GRANT')).filter(({ id }) => id === first.id)
    await rows.change(row, { deadReason: 'invalidGrant', refreshToken: undefined })
    const dead = await grace.get(`/authorizedProviders/${first.id}/`)

    const second = await connect(grace, provider.id, 'lazarus')

    expect(dead.body).toMatchObject({ status: 'expired', statusReason: 'invalidGrant' })
    expect(second).toMatchObject({ id: first.id, status: 'active' })
  })

  test('keeps the stored refresh token when the new consent brings none', async () => {
    const { control } = grantkeeper.upstream
    const provider = await aProvider(grantkeeper)
    const first = await connect(grace, provider.id, 'silent')
    control.setBehaviour({ refreshTokens: false })
    const second = await connect(grace, provider.id, 'silent')
    control.resetBehaviour()
    const [row] = (await rows.of('GRANT')).filter(({ id }) => id === first.id)
    await rows.change(row, { accessTokenExpiresAt: Date.now() - 1 })

    const answer = await grace.post(`/authorizedProviders/${second.id}/accessToken/`)

    expect(second.id).toBe(first.id)
    expect(answer.status).toBe(201)
    expect(control.requests().filter(({ grantType }) => grantType === 'refresh_token')).toMatchObject([{ status: 200 }])
  })

  test('at a provider that revokes by user and app, leaves the old tokens to it', async () => {
    const provider = await aProvider(grantkeeper, { revocationScope: 'userAndApp' })
    grantkeeper.upstream.control.setBehaviour({ revocation: 'userAndApp' })
    await connect(grace, provider.id, 'google-like')

    const second = await connect(grace, provider.id, 'google-like')

    expect(await isAccepted(await tokenOf(grace, second))).toBe(true)
  })
})

describe('several accounts and users', () => {
  test('another account makes a second grant', async () => {
    const provider = await aProvider(grantkeeper)
    const one = await connect(grace, provider.id, 'private')
    const other = await connect(grace, provider.id, 'work')

    const listed = await grace.get(`/authorizedProviders/?providerIds=${provider.id}`)

    expect(listed.body.data.map(({ id }: Json) => id)).toEqual([one.id, other.id])
    expect(listed.body.data.map(({ accountId }: Json) => accountId)).toEqual(['private', 'work'])
  })

  test('two users connect the same account at one provider, each a grant of their own', async () => {
    const provider = await aProvider(grantkeeper)
    const ida = checked(await aCaller(grantkeeper, { user: 'ida' }))
    const mine = await connect(grace, provider.id, 'team')
    const theirs = await connect(ida, provider.id, 'team')

    const tokens = [await tokenOf(grace, mine), await tokenOf(ida, theirs)]

    expect(mine.id).not.toBe(theirs.id)
    expect(await Promise.all(tokens.map(isAccepted))).toEqual([true, true])
    expect((await grace.get(`/authorizedProviders/${theirs.id}/`)).status).toBe(404)
  })
})

describe('a shared provider', () => {
  test('is connected once: the next user meets 409 before any flow begins', async () => {
    const provider = await aProvider(grantkeeper, { shared: true })
    const ida = checked(await aCaller(grantkeeper, { user: 'ida' }))
    await connect(grace, provider.id, 'shared-mailbox')

    const answer = await begin(ida, provider.id)

    expect(answer).toMatchObject({ status: 409, body: { message: expect.stringContaining('shared') } })
    expect((await begin(grace, provider.id)).status).toBe(200)
  })

  test('is connected once, also when two users begin at the same time: the fresh tokens of the other are revoked', async () => {
    const provider = await aProvider(grantkeeper, { shared: true })
    const ida = checked(await aCaller(grantkeeper, { user: 'ida' }))
    const callbacks = await Promise.all(
      [grace, ida].map(async (caller, place) => {
        const { body } = await begin(caller, provider.id)
        return callbackOf(provider.id, await consent(body.redirectUrl, { account: `racer-${place}` }))
      }),
    )

    const answers = await Promise.all([finish(grace, callbacks[0]), finish(ida, callbacks[1])])

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const live = [...(await liveGrantsOf('racer-0')), ...(await liveGrantsOf('racer-1'))]
    expect(live).toHaveLength(1)
    expect((await rows.of('MEMBER')).filter(({ pk }) => pk.includes(provider.id))).toHaveLength(1)
  })

  test('is free again once its grant is deleted', async () => {
    const provider = await aProvider(grantkeeper, { shared: true })
    const ida = checked(await aCaller(grantkeeper, { user: 'ida' }))
    const admin = checked(await anAdmin(grantkeeper))
    const grant = await connect(grace, provider.id, 'handover')

    const deleted = await admin.delete(`/authorizedProviders/${grant.id}/`)

    expect(deleted.status).toBe(204)
    expect(await connect(ida, provider.id, 'handover')).toMatchObject({ userId: 'ida' })
  })
})
