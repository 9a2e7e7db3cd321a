import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { externalAuthOf } from '../support/external-auth.ts'
import { aCaller, aGrantkeeper, type Caller, type Json } from '../support/grantkeeper.ts'
import { aNamedProvider, connectNamed } from '../support/named-provider.ts'

const appInstallUrl = 'https://github.com/apps/acme-broker/installations/new'
let grantkeeper: LocalGrantkeeper
let grace: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  grace = checked(await aCaller(grantkeeper))
})
afterAll(() => grantkeeper.close())
beforeEach(() => {
  grantkeeper.standIn.control.reset()
  grantkeeper.standIn.control.clearRequests()
})

const connected = async (kind: 'githubApp' | 'oauthApp'): Promise<Json> => {
  const provider = await aNamedProvider(grantkeeper, { plays: 'github', client: { kind }, fields: { appInstallUrl } })
  await connectNamed(grace, provider.id)
  return provider
}
const get = async ({ id }: Json): Promise<Json> => (await externalAuthOf(grace).get(id)).body
const pagesAsked = () =>
  grantkeeper.standIn.control.requests('github').filter(({ path }) => path === '/user/installations')

describe('the installations of a GitHub App', () => {
  test('are listed as its users see them', async () => {
    const body = await get(await connected('githubApp'))

    expect(body).toEqual({
      authenticated: true,
      device: true,
      display_name: 'The github of the house',
      supports_revocation: true,
      user: {
        id: 7340021,
        login: 'mira-okafor',
        name: 'Mira Okafor',
        avatar_url: 'https://avatars.example.test/u/7340021?v=4',
        profile_url: 'https://github.com/mira-okafor',
      },
      app_installable: true,
      installations: [
        {
          id: 51200340,
          account: {
            id: 880123,
            login: 'acme-labs',
            name: '',
            avatar_url: 'https://avatars.example.test/u/880123',
            profile_url: 'https://github.com/acme-labs',
          },
          configure_url: 'https://github.com/organizations/acme-labs/settings/installations/51200340',
        },
      ],
      app_install_url: appInstallUrl,
    })
  })

  test('are those of every page', async () => {
    const provider = await connected('githubApp')
    grantkeeper.standIn.control.setInstallations('github', '', 250)

    const { installations } = await get(provider)

    expect(new Set(installations.map(({ id }: Json) => id)).size).toBe(250)
    expect(pagesAsked()).toHaveLength(3)
  })

  test('are none where there are none, though the app could be installed', async () => {
    const provider = await connected('githubApp')
    grantkeeper.standIn.control.setInstallations('github', '', 0)

    expect(await get(provider)).toMatchObject({ app_installable: true, installations: [] })
  })
})

test('an OAuth App has no installations, which is no error', async () => {
  const body = await get(await connected('oauthApp'))

  expect(body).toMatchObject({ authenticated: true, app_installable: false, installations: [] })
  expect(pagesAsked().map(({ status }) => status)).toEqual([403])
})

test('nobody is asked about installations with a token that is refused', async () => {
  const provider = await connected('githubApp')
  grantkeeper.standIn.control.revokeGrant('github', '')

  expect(await get(provider)).toMatchObject({ authenticated: false, user: null, installations: [] })
  expect(pagesAsked()).toEqual([])
})
