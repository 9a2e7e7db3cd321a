import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import type { PlayedProvider } from '../../lib/local/stand-in/played-provider.ts'
import { aCaller, aGrantkeeper, anAdmin, type Caller, type Json } from '../support/grantkeeper.ts'
import { aNamedProvider, connectNamed } from '../support/named-provider.ts'
import { type StoredRows, storedRows } from '../support/stored-grant.ts'

/** Providers that rotate and that do not, that say it with 401, 400 and 200, and that have words of their own. */
const played: readonly PlayedProvider[] = ['github', 'gitlab', 'bitbucket', 'google', 'microsoft', 'box', 'zoom']
const users = ['grace', 'linus', 'alan']

let grantkeeper: LocalGrantkeeper
let rows: StoredRows
let admin: Caller
let owners: readonly Caller[]
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  rows = storedRows(grantkeeper)
  admin = await anAdmin(grantkeeper)
  owners = await Promise.all(users.map((user) => aCaller(grantkeeper, { user })))
}, 30_000)
afterAll(async () => {
  rows.close()
  await grantkeeper.close()
})

describe.each(played)('a wrong client secret at %s', (plays) => {
  let provider: Json
  let grants: { readonly id: string; readonly owner: Caller }[]
  let before: (Grant | undefined)[]
  const setSecret = (secret: string) => grantkeeper.standIn.control.setSecret(plays, provider.clientId, secret)
  const askAll = () => Promise.all(grants.map(({ id, owner }) => owner.post(`/authorizedProviders/${id}/accessToken/`)))
  const viewAll = () =>
    Promise.all(grants.map(async ({ id, owner }) => (await owner.get(`/authorizedProviders/${id}/`)).body))
  const ageAll = () => Promise.all(grants.map(({ id }) => rows.age(id)))

  beforeAll(async () => {
    const client = plays === 'github' ? ({ kind: 'githubApp' } as const) : {}
    provider = await aNamedProvider(grantkeeper, { plays, client })
    grants = []
    for (const [place, owner] of owners.entries()) {
      const account = `${users[place]}@corp.example`
      grants.push({ owner, id: (await connectNamed(owner, provider.id, account)).body.authorizedProvider.id })
    }
    await ageAll()
    before = await Promise.all(grants.map(({ id }) => rows.grant(id)))
    setSecret('another secret')
  })

  test('makes the provider inactive and every grant unusable, and is asked about by those under way alone', async () => {
    grantkeeper.standIn.control.clearRequests()
    const answers = [...(await askAll()), ...(await askAll())]

    const refused = grantkeeper.standIn.control.requests(plays).filter(({ endpoint }) => endpoint === 'token')
    expect(answers.filter(({ status }) => status !== 403).map(({ status, text }) => `${status} ${text}`)).toEqual([])
    expect((await admin.get(`/providers/${provider.id}/`)).body).toMatchObject({
      status: 'inactive',
      statusReason: 'invalidClient',
    })
    expect(await viewAll()).toEqual(
      grants.map(() => expect.objectContaining({ status: 'invalidOAuthClient', statusReason: 'invalidClient' })),
    )
    // All that asked at once were under way when the first was refused; nobody asked after that.
    expect(refused.length).toBeLessThanOrEqual(users.length)
  })

  test('costs no token', async () => {
    const after = await Promise.all(grants.map(({ id }) => rows.grant(id)))

    const tokensOf = (grant: Grant | undefined) => [grant?.accessToken, grant?.refreshToken, grant?.tokenVersion]
    expect(after.map(tokensOf)).toEqual(before.map(tokensOf))
    expect(after.map((grant) => grant?.deadReason)).toEqual(after.map(() => undefined))
  })

  test('is what the diagnosis says, to every owner', async () => {
    const diagnoses = await Promise.all(
      grants.map(async ({ id, owner }) => (await owner.get(`/authorizedProviders/${id}/diagnosis/`)).body),
    )

    expect(diagnoses).toEqual(
      grants.map(() =>
        expect.objectContaining({ cause: 'clientRejected', whoMustAct: 'admin', upstreamError: expect.any(String) }),
      ),
    )
  })

  test('is mended by the right one, and nobody connects again', async () => {
    setSecret('the newest secret')
    const patched = await admin.patch(`/providers/${provider.id}/`, { clientSecret: 'the newest secret' })

    const answers = await askAll()

    expect(patched.body).toMatchObject({ status: 'active', statusReason: 'ok' })
    expect(answers.map(({ status }) => status)).toEqual(grants.map(() => 201))
    expect(await viewAll()).toEqual(grants.map(({ id }) => expect.objectContaining({ id, status: 'active' })))
    await ageAll()
    expect((await askAll()).map(({ status }) => status)).toEqual(grants.map(() => 201))
  })
})
