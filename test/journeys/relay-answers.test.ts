import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rawRequest } from '../support/raw-request.ts'
import { aRelayScene, type RelayScene } from '../support/relay-scene.ts'

let scene: RelayScene
beforeAll(async () => {
  scene = await aRelayScene()
})
afterAll(() => scene.close())
beforeEach(() => scene.api.reset())

const tokenOf = async (): Promise<string> =>
  (await scene.caller.post(`/authorizedProviders/${scene.grant.id}/accessToken/`)).body.accessToken

/** Sends bytes by the path form, as they are. */
const byPath = (method: string, rest: string) =>
  rawRequest(scene.grantkeeper.url, method, `${scene.path.slice(1)}/request/${rest}`, [
    'Authorization',
    `Bearer ${scene.caller.token}`,
  ])

describe('the answer', () => {
  test.each([200, 201, 202, 204, 206, 301, 304, 307, 400, 403, 404, 409, 418, 422, 500, 501, 599])(
    'has the status of the API: %d',
    async (status) => {
      scene.api.answer = (response) => response.writeHead(status, { 'content-type': 'text/plain' }).end('text')

      const answer = await scene.relay({ url: '/x', method: 'PATCH' })

      expect(answer.status).toBe(status)
      expect(answer.text).toBe([204, 304].includes(status) ? '' : 'text')
      expect(answer.headers.get('x-grantkeeper-error')).toBeNull()
    },
  )

  test('has its headers, but none that is about the connection, about who may call, or about our own origin', async () => {
    scene.api.answer = (response) =>
      response
        .writeHead(200, {
          'content-type': 'text/html; charset=latin1',
          etag: '"7"',
          link: ['<a>; rel="next"', '<b>; rel="last"'],
          'x-ratelimit-remaining': '41',
          'retry-after': '3',
          'content-disposition': 'attachment; filename="x"',
          'x-request-id': 'upstream',
          'set-cookie': ['session=1', 'b=2'],
          'www-authenticate': 'Bearer realm="x"',
          'proxy-authenticate': 'Basic',
          'authentication-info': 'x',
          'access-control-allow-origin': '*',
          'strict-transport-security': 'max-age=1',
          'content-security-policy': 'default-src *',
          'cache-control': 'public, max-age=600',
          'x-grantkeeper-error': 'grantExpired',
          'clear-site-data': '"*"',
          server: 'upstream',
          upgrade: 'h2c',
          'keep-alive': 'timeout=5',
        })
        .end('<script>')

    const { headers } = await scene.relay({ url: '/x' })

    const ownOfGateway = /^(date|connection|keep-alive|content-length|x-amzn-requestid|x-amz-apigw-id)$/
    expect(Object.fromEntries([...headers].filter(([name]) => !ownOfGateway.test(name)))).toEqual({
      'content-type': 'text/html; charset=latin1',
      etag: '"7"',
      link: '<a>; rel="next", <b>; rel="last"',
      'x-ratelimit-remaining': '41',
      'retry-after': '3',
      'content-disposition': 'attachment; filename="x"',
      'x-request-id': 'upstream',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; sandbox",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
  })

  test.each<[string, string, string | null]>([
    ['to the same place, relative', 'other?x=y', 'ORIGIN/v1/other?x=y'],
    ['to the same place, absolute', 'ORIGIN/v1/other', 'ORIGIN/v1/other'],
    ['beside the base', '/admin', 'ORIGIN/admin'],
    // Box, GitHub and Microsoft Graph answer a download so, with a signed URL that takes no token.
    ['to another host', 'ELSEWHERE/f?sig=a%2Fb&x=1', 'ELSEWHERE/f?sig=a%2Fb&x=1'],
    ['relative to the scheme', '//cdn.test/x', 'http://cdn.test/x'],
    ['with a user', 'http://user@HOST/v1/x', null],
    ['to a script', 'javascript:alert(1)', null],
    ['to nowhere', 'http://', null],
  ])('of a redirect %s is handed on, and followed by nobody', async (_, location, expected) => {
    const { origin } = scene.api
    const inPlace = (text: string) =>
      text.replace('ORIGIN', origin).replace('ELSEWHERE', scene.elsewhere.origin).replace('HOST', new URL(origin).host)
    for (const status of [301, 302, 303, 307, 308]) {
      scene.api.answer = (response) => response.writeHead(status, { location: inPlace(location) }).end()

      const answer = await scene.relay({ url: '/x' })

      expect(answer.status).toBe(status)
      expect(answer.headers.get('location')).toBe(expected === null ? null : inPlace(expected))
    }
    expect([scene.api.seen.length, scene.elsewhere.seen.length]).toEqual([5, 0])
  })

  test('of a redirect has not the token: a download URL must do without it', async () => {
    const token = await tokenOf()
    scene.api.answer = (response) =>
      response.writeHead(302, { location: `${scene.elsewhere.origin}/f?access_token=${token}` }).end()

    const location = (await scene.relay({ url: '/x' })).headers.get('location')

    expect(location).toBe(`${scene.elsewhere.origin}/f?access_token=${'x'.repeat(token.length)}`)
  })

  test('says where something new is, wherever that is', async () => {
    scene.api.answer = (response) => response.writeHead(201, { location: 'https://cdn.test/7' }).end()

    expect((await scene.relay({ method: 'POST', url: '/x' })).headers.get('location')).toBe('https://cdn.test/7')
  })

  test('to HEAD has no body', async () => {
    scene.api.answer = (response) => response.writeHead(200, { 'content-type': 'text/plain', etag: '"7"' }).end('text')

    const { status, text, headers } = await byPath('HEAD', 'x')

    expect([status, text, headers['etag']]).toEqual([200, '', '"7"'])
  })

  test('has not the token, however the API spells it', async () => {
    const token = await tokenOf()
    const spelled = (text: string) => [
      text,
      encodeURIComponent(text),
      JSON.stringify({ authorization: `Bearer ${text}` }),
      Buffer.from(`-${text}-`).toString('base64'),
      Buffer.from(text).toString('hex'),
    ]
    scene.api.answer = (response, { headers }) => {
      const [, sent = ''] = headers.authorization?.split(' ') ?? []
      response
        .writeHead(418, `I have ${sent.length}`, {
          'x-echo': `Bearer ${sent}`,
          'x-encoded': Buffer.from(sent).toString('base64'),
        })
        .end(spelled(sent).join('\n'))
    }

    const { status, text, headers } = await scene.relay({ url: '/x' })

    expect(status).toBe(418)
    expect(text.split('\n').map(({ length }) => length)).toEqual(spelled(token).map(({ length }) => length))
    for (const spelling of spelled(token)) expect(text + JSON.stringify([...headers])).not.toContain(spelling)
    expect(headers.get('x-echo')).toMatch(/^Bearer x+$/)
  })
})
