import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { externalAuthOf } from '../support/external-auth.ts'
import { aCaller, aGrant, aGrantkeeper, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let control: LocalGrantkeeper['upstream']['control']
let grace: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  control = grantkeeper.upstream.control
  grace = checked(await aCaller(grantkeeper))
})
afterAll(() => grantkeeper.close())
beforeEach(() => control.resetBehaviour())

let accounts = 0
const anAccount = (): string => `unlinked-${accounts++}`
const unlink = (id: string) => externalAuthOf(grace).unlink(id)
const liveOf = async (account: string): Promise<number> =>
  (await control.liveGrants()).filter((grant) => grant.account === account).length

describe('a link that is removed', () => {
  test('is revoked at the provider first, and then is gone', async () => {
    const provider = await aProvider(grantkeeper)
    const account = anAccount()
    const grant = await aGrant(grace, provider.id, account)

    const { status, body } = await unlink(provider.id)

    expect([status, body]).toEqual([200, { token_revoked: true, token_revocation_error: '' }])
    expect(await liveOf(account)).toBe(0)
    expect((await grace.get(`/authorizedProviders/${grant.id}/`)).status).toBe(404)
  })

  test.each<[string, Record<string, unknown>, boolean, string]>([
    [
      'the provider lets nobody revoke',
      { revocationStyle: 'none', settingsUrl: 'https://upstream.example/settings' },
      false,
      'The provider does not let applications revoke tokens. Remove the application at https://upstream.example/settings.',
    ],
    [
      'the provider lets nobody revoke, and has no settings',
      { revocationStyle: 'none' },
      false,
      'The provider does not let applications revoke tokens.',
    ],
    ['the provider fails', {}, true, 'The provider could not be asked to revoke the tokens, or refused.'],
  ])('is gone also when %s, and says what may live on', async (_, overrides, fails, message) => {
    const provider = await aProvider(grantkeeper, overrides)
    const account = anAccount()
    await aGrant(grace, provider.id, account)
    if (fails) {
      control.setBehaviour({ failNext: [{ endpoint: 'revocation', times: 2, status: 503, beforeWork: true }] })
    }

    const { status, body } = await unlink(provider.slug)

    expect([status, body]).toEqual([200, { token_revoked: false, token_revocation_error: message }])
    expect(await liveOf(account)).toBe(1)
    expect((await unlink(provider.slug)).status).toBe(404)
  })

  test('is not revoked where another connection of the account would end with it', async () => {
    const provider = await aProvider(grantkeeper, { revocationScope: 'userAndApp' })
    const account = anAccount()
    await aGrant(grace, provider.id, account)
    await aGrant(await aCaller(grantkeeper, { user: 'linus' }), provider.id, account)

    expect((await unlink(provider.id)).body).toEqual({
      token_revoked: false,
      token_revocation_error: 'Nothing was revoked: another connection of the same account would have ended with it.',
    })
    expect(await liveOf(account)).toBe(2)
  })

  test('is the most recent one; the one before is the link then', async () => {
    const provider = await aProvider(grantkeeper)
    const [first, second] = [anAccount(), anAccount()]
    await aGrant(grace, provider.id, first)
    await aGrant(grace, provider.id, second)

    await unlink(provider.id)

    expect([await liveOf(first), await liveOf(second)]).toEqual([1, 0])
    expect((await externalAuthOf(grace).get(provider.id)).body.user.login).toBe(first)
  })

  test('is the own one of who asks, and nobody else’s', async () => {
    const provider: Json = await aProvider(grantkeeper)
    const linus = await aCaller(grantkeeper, { user: 'linus' })
    await aGrant(linus, provider.id, anAccount())

    const answer = await unlink(provider.id)

    expect([answer.status, answer.body.message]).toEqual([404, 'OAuth provider authorization not found.'])
    expect((await externalAuthOf(linus).get(provider.id)).body.authenticated).toBe(true)
  })
})
