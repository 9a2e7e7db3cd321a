import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aCaller, aGrant, anAdmin, aProvider, type Json } from '../support/grantkeeper.ts'
import { rawRequest } from '../support/raw-request.ts'
import { aRelayScene, type RelayScene } from '../support/relay-scene.ts'

let scene: RelayScene
beforeAll(async () => {
  scene = await aRelayScene()
})
afterAll(() => scene.close())
beforeEach(() => scene.api.reset())

describe('a request that cannot be sent is refused, and said to be refused here,', () => {
  const refused = async (body: Json, by = scene.caller) => {
    const answer = await scene.relay(body, by)
    expect(scene.api.seen).toEqual([])
    const [field] = answer.body.errorFields
    return [answer.status, answer.headers.get('x-grantkeeper-error'), field?.name, field?.message]
  }

  test.each<[Json, string, string]>([
    [{}, 'url', 'is required'],
    [{ url: 7 }, 'url', 'must be a string'],
    [{ url: '/a\nb' }, 'url', 'must hold no white space and no control characters: percent-encode them'],
    [{ url: '/x', method: 'CONNECT' }, 'method', 'must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ url: '/x', method: 'TRACE' }, 'method', 'must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ url: '/x', method: 'G ET' }, 'method', 'must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ url: '/x', method: 'GET\r\nX: y' }, 'method', 'must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ url: '/x', headers: [] }, 'headers', 'must be an object'],
    [{ url: '/x', headers: { Accept: 7 } }, 'headers.Accept', 'must be a string'],
    [
      { url: '/x', headers: { Accept: 'a\r\nX: b' } },
      'headers.Accept',
      'must be Latin-1 text without control characters',
    ],
    [{ url: '/x', headers: { Accept: 'a\0' } }, 'headers.Accept', 'must be Latin-1 text without control characters'],
    [{ url: '/x', headers: { Accept: '漢' } }, 'headers.Accept', 'must be Latin-1 text without control characters'],
    [{ url: '/x', headers: { x_user: 'a' } }, 'headers.x_user', 'has a name that is not allowed'],
    [{ url: '/x', headers: { 'Ac cept': 'a' } }, 'headers.Ac cept', 'has a name that is not allowed'],
    [{ url: '/x', headers: { 'A\r\nB': 'a' } }, 'headers.A\r\nB', 'has a name that is not allowed'],
    [{ url: '/x', headers: { Accept: 'a', accept: 'b' } }, 'headers', 'must name each header once'],
    [{ url: '/x', data: '\ud800' }, 'data', 'must be valid text; send bytes as base64'],
    [{ url: '/x', data: 'a b', dataEncoding: 'base64' }, 'data', 'must be base64'],
    [{ url: '/x', data: 'abcde', dataEncoding: 'base64' }, 'data', 'must be base64'],
    [{ url: '/x', data: {}, dataEncoding: 'base64' }, 'data', 'must be base64'],
    [{ url: '/x', data: 'YQ==', dataEncoding: 'hex' }, 'dataEncoding', 'must be one of base64'],
  ])('%j', async (body, name, message) => {
    expect(await refused(body)).toEqual([422, 'invalidRequest', name, message])
  })

  test('data that is nested deeper than it can be written', async () => {
    const deep = `{"url":"/x","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`

    expect(await refused(deep)).toEqual([422, 'invalidRequest', 'data', 'is nested too deep'])
  })

  test('without a connection', async () => {
    const other = await aCaller(scene.grantkeeper, { user: 'nobody' })

    expect(await refused({ url: '/x' }, other)).toEqual([404, 'grantNotFound', undefined, undefined])
  })

  test('to an integration that there is not', async () => {
    const answer = await scene.caller.request('POST', '//api/integrations/none/request', { url: '/x' })

    expect([answer.status, answer.headers.get('x-grantkeeper-error')]).toEqual([404, 'providerNotFound'])
  })

  test('to a provider without an API', async () => {
    const provider = await aProvider(scene.grantkeeper, { name: 'Bare' })
    await aGrant(scene.caller, provider.id)

    const answer = await scene.caller.request('POST', `//api/integrations/${provider.id}/request`, { url: '/x' })

    expect([answer.status, answer.headers.get('x-grantkeeper-error')]).toEqual([409, 'noApiBaseUri'])
  })

  test('by a provider that is switched off', async () => {
    const admin = await anAdmin(scene.grantkeeper)
    await admin.patch(`/providers/${scene.provider.id}/`, { status: 'disabled' })

    const outcome = await refused({ url: '/x' })
    await admin.patch(`/providers/${scene.provider.id}/`, { status: 'active' })

    expect(outcome).toEqual([403, 'providerUnusable', undefined, undefined])
  })

  test('without a token of the organization', async () => {
    const answer = await rawRequest(scene.grantkeeper.url, 'GET', `${scene.path.slice(1)}/request/x`)

    expect([answer.status, answer.headers['x-grantkeeper-error']]).toEqual([401, 'unauthorized'])
  })
})
