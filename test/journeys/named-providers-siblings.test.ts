import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aCaller, aGrantkeeper, type Caller } from '../support/grantkeeper.ts'
import { lives } from '../support/named-lives.ts'
import { aNamedProvider, connectNamed } from '../support/named-provider.ts'

let grantkeeper: LocalGrantkeeper
let grace: Caller
let heidi: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  grace = await aCaller(grantkeeper)
  heidi = await aCaller(grantkeeper, { user: 'heidi' })
})
afterAll(() => grantkeeper?.close())

describe('of two connections of one account, the end of one leaves the other alive at', () => {
  test.each(lives)('$plays', async ({ plays, quirks, profile, ...played }) => {
    const { control } = grantkeeper.standIn
    control.set(plays, quirks ?? {})
    const provider = await aNamedProvider(grantkeeper, { plays, ...played })
    const first = (await connectNamed(grace, provider.id)).body.authorizedProvider
    const second = (await connectNamed(heidi, provider.id)).body.authorizedProvider

    const ended = await grace.delete(`/authorizedProviders/${first.id}/`)
    const left = await heidi.get(`/authorizedProviders/${second.id}/userinfo/`)
    const last = await heidi.delete(`/authorizedProviders/${second.id}/`)

    expect(ended.status).toBe(204)
    expect(left).toMatchObject({ status: 200, body: { sub: profile.sub } })
    expect(last.status).toBe(204)
  })
})
