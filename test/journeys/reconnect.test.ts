import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { checked } from '../support/conforms.ts'
import { begin, callbackOf, finish } from '../support/connecting.ts'
import { aCaller, aGrant, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { aNamedProvider, connectNamed } from '../support/named-provider.ts'
import { type StoredRows, storedRows } from '../support/stored-grant.ts'

let grantkeeper: LocalGrantkeeper
let rows: StoredRows
let grace: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  rows = storedRows(grantkeeper)
  grace = checked(await aCaller(grantkeeper))
  provider = await aProvider(grantkeeper)
}, 30_000)
afterAll(async () => {
  rows.close()
  await grantkeeper.close()
})

const reconnect = (caller: Caller, providerId: string, id: string, query: Record<string, string> = {}) =>
  begin(caller, providerId, { ...query, authorizedProviderId: id })
const asked = ({ body }: { body: Json }): URLSearchParams => new URL(body.redirectUrl).searchParams
const liveGrantsOf = async (account: string): Promise<number> =>
  (await grantkeeper.upstream.control.liveGrants()).filter((grant) => grant.account === account).length

describe('a grant is reconnected', () => {
  test('under its id, by the account that it is of', async () => {
    const grant = await aGrant(grace, provider.id, 'same')
    await grantkeeper.upstream.control.revokeGrant({ account: 'same' })
    await rows.age(grant.id)
    expect((await grace.post(`/authorizedProviders/${grant.id}/accessToken/`)).status).toBe(410)

    const { body } = await reconnect(grace, provider.id, grant.id)
    const answer = await finish(grace, callbackOf(provider.id, await consent(body.redirectUrl, { account: 'same' })))

    expect(answer.status).toBe(200)
    expect(answer.body.authorizedProvider).toMatchObject({ id: grant.id, status: 'active', accountId: 'same' })
    expect((await grace.post(`/authorizedProviders/${grant.id}/accessToken/`)).status).toBe(201)
  })

  test('for all that it was given for, and what is asked for now', async () => {
    const begun = await begin(grace, provider.id, { scopes: 'openid,read,offline_access' })
    const redirect = await consent(begun.body.redirectUrl, { account: 'scoped' })
    const { id } = (await finish(grace, callbackOf(provider.id, redirect))).body.authorizedProvider

    const plain = asked(await reconnect(grace, provider.id, id))
    const more = asked(await reconnect(grace, provider.id, id, { scopes: 'write,read' }))

    expect(plain.get('scope')).toBe('openid read offline_access profile email')
    expect(more.get('scope')).toBe('openid read offline_access write')
  })

  test('with the consent screen, whatever the provider leaves out otherwise', async () => {
    const lenient = await aNamedProvider(grantkeeper, { plays: 'google', fields: { skipConsent: true } })
    const { id } = (await connectNamed(grace, lenient.id)).body.authorizedProvider

    const first = asked(await begin(grace, lenient.id))
    const again = asked(await reconnect(grace, lenient.id, id, { skip_consent: 'true' }))

    expect([first.get('prompt'), again.get('prompt')]).toEqual([null, 'consent'])
  })

  test('with the claims that the provider wants of its user, until it has them', async () => {
    const claims = '{"access_token":{"capolids":{"essential":true,"values":["p1"]}}}'
    const { control } = grantkeeper.standIn
    const microsoft = await aNamedProvider(grantkeeper, { plays: 'microsoft' })
    const { id } = (await connectNamed(grace, microsoft.id)).body.authorizedProvider
    await rows.age(id)
    control.set('microsoft', { refuseRefreshWith: { error: 'interaction_required', members: { claims } } })
    expect((await grace.post(`/authorizedProviders/${id}/accessToken/`)).status).toBe(410)
    control.reset('microsoft')

    const plain = asked(await begin(grace, microsoft.id))
    const begun = await reconnect(grace, microsoft.id, id)
    const done = await finish(grace, callbackOf(microsoft.id, await consent(begun.body.redirectUrl, { account: '' })))
    const later = asked(await reconnect(grace, microsoft.id, id))

    expect([plain.get('claims'), asked(begun).get('claims'), later.get('claims')]).toEqual([null, claims, null])
    expect(done.body.authorizedProvider).toMatchObject({ id, status: 'active' })
  })

  test('that was removed meanwhile as a new one, by the same account alone', async () => {
    const { id } = await aGrant(grace, provider.id, 'removed')
    const begun = await reconnect(grace, provider.id, id)
    await grace.delete(`/authorizedProviders/${id}/`)

    const answer = await finish(
      grace,
      callbackOf(provider.id, await consent(begun.body.redirectUrl, { account: 'removed' })),
    )

    expect(answer.status).toBe(200)
    expect(answer.body.authorizedProvider.id).not.toBe(id)
  })
})

describe('another account than the one to be reconnected', () => {
  test('is refused, its fresh tokens are revoked, and the flow is over', async () => {
    const grant = await aGrant(grace, provider.id, 'mine')
    const before = await rows.grant(grant.id)
    const begun = await reconnect(grace, provider.id, grant.id)
    const redirect = callbackOf(provider.id, await consent(begun.body.redirectUrl, { account: 'theirs' }))

    const refused = await finish(grace, redirect)
    const repeated = await finish(grace, redirect)

    expect(refused).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('another account'), errorFields: [] },
    })
    expect(repeated.status).toBe(400)
    expect([await liveGrantsOf('mine'), await liveGrantsOf('theirs')]).toEqual([1, 0])
    expect(await rows.grant(grant.id)).toEqual(before)
    expect((await grace.get('/authorizedProviders/')).body.data.map((each: Json) => each.accountId)).not.toContain(
      'theirs',
    )
  })

  test('is spared the revocation that would end its own connection', async () => {
    const whole = await aProvider(grantkeeper, { revocationScope: 'userAndApp' })
    const mine = await aGrant(grace, whole.id, 'first')
    await aGrant(grace, whole.id, 'second')
    const begun = await reconnect(grace, whole.id, mine.id)

    const refused = await finish(
      grace,
      callbackOf(whole.id, await consent(begun.body.redirectUrl, { account: 'second' })),
    )

    expect(refused.status).toBe(409)
    expect(await liveGrantsOf('second')).toBe(2)
  })

  test('is a connection of its own where none was to be reconnected', async () => {
    const mine = await aGrant(grace, provider.id, 'one of two')

    const other = await aGrant(grace, provider.id, 'two of two')

    expect(other.id).not.toBe(mine.id)
  })
})

describe('a grant that is not to be reconnected', () => {
  test("is to authorize what no grant is: another user's, another provider's, of another organization, or past its end", async () => {
    const mine = await aGrant(grace, provider.id, 'elsewhere')
    const linus = await aCaller(grantkeeper, { user: 'linus' })
    const ada = await anAdmin(grantkeeper)
    const another = await aProvider(grantkeeper)
    const foreign = await aProvider(grantkeeper, {}, { org: 'globex' })
    const outsider = await aCaller(grantkeeper, { org: 'globex' })
    const ended = await aGrant(grace, another.id, 'ended')
    await rows.changeGrant(ended.id, { expiresAt: Date.now() - 1 })
    const unknown = await reconnect(grace, provider.id, '0190f5a0-0000-7000-8000-000000000000')

    const answers = [
      await reconnect(linus, provider.id, mine.id),
      await reconnect(ada, provider.id, mine.id),
      await reconnect(grace, another.id, mine.id),
      await reconnect(outsider, foreign.id, mine.id),
      await reconnect(grace, another.id, ended.id),
    ]

    expect(unknown).toMatchObject({ status: 404, body: { message: 'OAuth provider authorization not found.' } })
    for (const { status, text } of answers) expect({ status, text }).toEqual({ status: 404, text: unknown.text })
  })

  test.each([
    ['an id that is none', 'a b', 422],
    ['two ids', 'a,b', 422],
    ['an empty one, which means none', '', 200],
  ])('is named by %s', async (_, id, status) => {
    expect((await reconnect(grace, provider.id, id)).status).toBe(status)
  })
})
