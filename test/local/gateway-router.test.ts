import { describe, expect, test } from 'vitest'
import { buildRouter } from '../../lib/local/gateway/router.ts'
import { aRoute } from './gateway-support.ts'

const router = buildRouter([
  aRoute('GET', '/'),
  aRoute('GET', '/things'),
  aRoute('ANY', '/things/{thingId}'),
  aRoute('POST', '/things/callback'),
  aRoute('GET', '/things/{thingId}/parts/{partId}'),
  aRoute('GET', '/things/fixed/only/deep'),
  aRoute('GET', '/files/{proxy+}'),
])

describe('a request finds its resource', () => {
  test.each([
    ['GET', '/', '/', null],
    ['GET', '/things', '/things', null],
    ['GET', '/things/', '/things', null],
    ['GET', '//things//', '/things', null],
    ['GET', '/things/7', '/things/{thingId}', { thingId: '7' }],
    ['DELETE', '/things/7/', '/things/{thingId}', { thingId: '7' }],
    ['POST', '/things/callback/', '/things/callback', null],
    ['GET', '/things/a%2Fb%zz', '/things/{thingId}', { thingId: 'a%2Fb%zz' }],
    ['GET', '/things/__proto__', '/things/{thingId}', JSON.parse('{"thingId":"__proto__"}')],
    ['GET', '/things/a/parts/b/', '/things/{thingId}/parts/{partId}', { thingId: 'a', partId: 'b' }],
    ['GET', '/things/fixed', '/things/{thingId}', { thingId: 'fixed' }],
    ['GET', '/things/fixed/parts/1', '/things/{thingId}/parts/{partId}', { thingId: 'fixed', partId: '1' }],
    ['GET', '/files/a/b%20c/', '/files/{proxy+}', { proxy: 'a/b%20c' }],
  ])('%s %s -> %s', (method, path, resource, pathParameters) => {
    const match = router(method, path)

    expect(match?.route.path).toBe(resource)
    expect(match?.pathParameters).toEqual(pathParameters)
  })

  test.each([
    ['an unknown path', 'GET', '/other'],
    ['a path too long', 'GET', '/things/7/parts/8/9'],
    ['another method', 'POST', '/things'],
    ['a method of the variable beside a fixed segment', 'DELETE', '/things/callback'],
    ['HEAD, which GET does not imply', 'HEAD', '/things'],
    ['other letters', 'GET', '/Things'],
    ['a greedy variable without anything', 'GET', '/files/'],
    ['the stage', 'GET', '/v1/things'],
  ])('but not by %s', (_, method, path) => {
    expect(router(method, path)).toBeUndefined()
  })
})

test('two variables side by side are refused, as at deployment', () => {
  const routes = [aRoute('GET', '/a/{id}'), aRoute('GET', '/a/{other}/b')]

  expect(() => buildRouter(routes)).toThrow('/a/{other}/b: {id} stands at the place of {other} already')
})
