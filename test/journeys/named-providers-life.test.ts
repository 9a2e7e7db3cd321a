import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import type { StandInControl } from '../../lib/local/stand-in/control.ts'
import { aCaller, aGrantkeeper, anAdmin, type Caller, type Json } from '../support/grantkeeper.ts'
import { detailsOf, jobIdIn, untilFinished } from '../support/jobs.ts'
import { lives } from '../support/named-lives.ts'
import { aNamedProvider, connectNamed } from '../support/named-provider.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let control: StandInControl
let rows: Rows
let admin: Caller
let grace: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  control = grantkeeper.standIn.control
  rows = rowsOf(grantkeeper.stack)
  admin = await anAdmin(grantkeeper)
  grace = await aCaller(grantkeeper)
})
afterAll(() => grantkeeper?.close())

const tokenOf = (grant: Json) => grace.post(`/authorizedProviders/${grant.id}/accessToken/`)
const profileOf = (grant: Json) => grace.get(`/authorizedProviders/${grant.id}/userinfo/`)

/** Lets the time of a grant's access token pass, here and at the provider. */
const expire = async (grant: Json): Promise<void> => {
  const row = (await rows.of('GRANT#')).find(({ id }) => id === grant.id)
  control.advance(Math.ceil((row.accessTokenExpiresAt - Date.now()) / 1000) + 1)
  await rows.change(row, { accessTokenExpiresAt: Date.now() - 1 })
}

const gone = new Set(['invalid_token', 'unsupported_token_type', undefined])

/** What the provider has refused so far, but for the revocation of a token that went with its sibling. */
const refusals = (plays: (typeof lives)[number]['plays']) =>
  control
    .requests(plays)
    .filter(({ status, error }) => status >= 400 || error !== undefined)
    .filter(({ endpoint, error }) => !(endpoint === 'revocation' && gone.has(error)))

describe.each(lives)(
  'the life of a connection to $plays',
  ({ plays, profile, revocation, left, quirks, ...played }) => {
    let provider: Json
    let grant: Json
    beforeAll(async () => {
      control.set(plays, quirks ?? {})
      provider = await aNamedProvider(grantkeeper, { plays, ...played })
      control.clearRequests()
    })

    test('begins with a consent', async () => {
      const answer = await connectNamed(grace, provider.id)

      grant = answer.body.authorizedProvider
      expect(answer.status).toBe(200)
      expect(grant).toMatchObject({ status: 'active', accountId: profile.sub, oauthClientId: provider.clientId })
      expect(grant.missingScopes).toEqual([])
      expect(answer.body.userInfo).toMatchObject(profile)
    })

    test('tells whose account it is', async () => {
      const { raw, nickname, ...told } = (await profileOf(grant)).body

      expect(told).toEqual({ email: '', ...profile })
      expect(nickname).toBe(profile.nickName)
      expect(raw).toEqual(expect.any(Object))
    })

    test('serves one token until its time is over, then a new one, however often', async () => {
      const first = await tokenOf(grant)
      const again = await tokenOf(grant)
      const fresh = []
      for (let n = 0; n < 3; n++) {
        await expire(grant)
        fresh.push((await tokenOf(grant)).body.accessToken, (await profileOf(grant)).body.sub)
      }

      expect(first.status).toBe(201)
      expect(again.body.accessToken).toBe(first.body.accessToken)
      expect(new Set([first.body.accessToken, ...fresh]).size).toBe(5)
      expect(fresh.filter((text) => text === profile.sub)).toHaveLength(3)
      expect(control.requests(plays).filter(({ body }) => body.grant_type === 'refresh_token')).toHaveLength(3)
      expect(refusals(plays)).toEqual([])
    })

    test('ends for us when the user withdraws it there, and a new consent brings it back', async () => {
      control.revokeGrant(plays, '')
      await expire(grant)
      const refused = await tokenOf(grant)
      const dead = await grace.get(`/authorizedProviders/${grant.id}/`)
      const back = await connectNamed(grace, provider.id)
      control.clearRequests()

      expect(refused.status).toBe(410)
      expect(dead.body.status).toBe('expired')
      expect(back.body.authorizedProvider).toMatchObject({ id: grant.id, status: 'active' })
      expect((await profileOf(grant)).body.sub).toBe(profile.sub)
    })

    test('ends there too when the user disconnects, as far as the provider can be asked', async () => {
      await expire(grant)
      const answer = await grace.delete(`/authorizedProviders/${grant.id}/`)

      expect(answer.status).toBe(204)
      expect((await grace.get(`/authorizedProviders/${grant.id}/`)).status).toBe(404)
      if (revocation === 'revoked') expect(control.liveGrants(plays)).toMatchObject(left ? [left] : [])
      else expect(control.liveGrants(plays)).toHaveLength(1)
      expect(refusals(plays)).toEqual([])
    })

    test('may begin anew, and ends with its provider', async () => {
      const anew = (await connectNamed(grace, provider.id)).body.authorizedProvider
      const job = jobIdIn(await admin.delete(`/providers/${provider.id}/`))
      const last = (await untilFinished(admin, job)).at(-1)

      expect(anew.id).not.toBe(grant.id)
      expect(last.status).toBe('COMPLETED')
      expect(detailsOf(last)).toMatchObject({
        deleted_count: '1',
        revoked_count: revocation === 'revoked' ? '1' : '0',
        revocation_unsupported_count: revocation === 'revoked' ? '0' : '1',
        revocation_failed_count: '0',
      })
      expect((await grace.get(`/authorizedProviders/${anew.id}/`)).status).toBe(404)
      expect((await admin.get(`/providers/${provider.id}/`)).status).toBe(404)
      expect(refusals(plays)).toEqual([])
    })
  },
)
