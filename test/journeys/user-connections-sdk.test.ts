import { Configuration, ResponseError, SourcesApi } from '@goauthentik/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aCaller, aGrant, aGrantkeeper, aProvider, type Json } from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let provider: Json
let grants: Json[]
let api: SourcesApi
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  provider = await aProvider(grantkeeper)
  const grace = await aCaller(grantkeeper)
  grants = [await aGrant(grace, provider.id, 'one'), await aGrant(grace, provider.id, 'two')]
  api = new SourcesApi(new Configuration({ basePath: `${grantkeeper.url}/api/v3`, accessToken: grace.token }))
})
afterAll(() => grantkeeper.close())

test('the public SDK lists, page by page', async () => {
  const whole = await api.sourcesUserConnectionsOauthList()
  const second = await api.sourcesUserConnectionsOauthList({ ordering: '-created', pageSize: 1, page: 2 })
  const [{ user } = { user: 0 }] = whole.results
  const none = await api.sourcesUserConnectionsOauthList({ search: 'nothing', sourceSlug: provider.slug, user })

  expect(whole.results.map(({ identifier }) => identifier)).toEqual(grants.map(({ accountId }) => accountId))
  expect(whole.pagination).toMatchObject({ count: 2, totalPages: 1, startIndex: 1, endIndex: 2, next: 0, previous: 0 })
  expect(whole.autocomplete).toEqual({})
  expect(second.results.map(({ identifier }) => identifier)).toEqual([grants[0].accountId])
  expect(none.results).toEqual([])
})

test('the public SDK retrieves by the number that the list has', async () => {
  const [first] = (await api.sourcesUserConnectionsOauthList()).results

  const connection = await api.sourcesUserConnectionsOauthRetrieve({ id: first?.pk ?? 0 })

  expect(connection).toEqual(first)
  expect(connection.sourceObj).toMatchObject({ pk: provider.id, name: 'Demo', slug: provider.slug, iconUrl: null })
  expect(connection.created.toISOString()).toBe(grants[0].createdAt)
  expect(connection.lastUpdated.toISOString()).toBe(grants[0].updatedAt)
})

test('the public SDK deletes, and then is told that it is gone', async () => {
  const [first] = (await api.sourcesUserConnectionsOauthList()).results
  const id = first?.pk ?? 0

  await api.sourcesUserConnectionsOauthDestroy({ id })
  const gone = await api.sourcesUserConnectionsOauthRetrieve({ id }).catch((error: unknown) => error)

  expect(gone).toBeInstanceOf(ResponseError)
  expect((gone as ResponseError).response.status).toBe(404)
  expect((await api.sourcesUserConnectionsOauthList()).pagination.count).toBe(1)
})
