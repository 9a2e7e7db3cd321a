import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deep } from '../support/deep.ts'
import { rawRequest } from '../support/raw-request.ts'
import { aRelayScene, type RelayScene } from '../support/relay-scene.ts'
import { tricks } from '../support/url-tricks.ts'

let scene: RelayScene
/** The tricks, with a server that records in the place of every other host. */
let urls: readonly string[]
beforeAll(async () => {
  scene = await aRelayScene()
  const { port } = new URL(scene.elsewhere.origin)
  urls = tricks(`${scene.api.origin}/v1`).map((url) => url.replaceAll('evil.test', `127.0.0.1:${port}`))
})
afterAll(() => scene.close())

/** What can be written into the first line of a request. */
const isWritable = (text: string): boolean => /^[!-~]*$/.test(text)

const byPath = (rest: string) =>
  rawRequest(scene.grantkeeper.url, 'GET', `${scene.path.slice(1)}/request/${rest}`, [
    'Authorization',
    `Bearer ${scene.caller.token}`,
  ])

const expectInside = (): void => {
  expect(scene.elsewhere.seen).toEqual([])
  for (const { target } of scene.api.seen) {
    expect(target).toMatch(/^\/v1([/?]|$)/)
    const [path = ''] = target.replaceAll(/%2e/gi, '.').split('?')
    expect(path).not.toMatch(/(^|\/)\.\.?(;|\/|$)|%5c|%00|\\/i)
  }
}

test('every trick in a URL is refused with 422, and nothing is sent anywhere', async () => {
  expect(urls.length).toBeGreaterThan(100)
  for (const url of urls) {
    const { status, body } = await scene.relay({ url })

    expect([url.slice(0, 80), status, body.errorFields[0]?.name]).toEqual([url.slice(0, 80), 422, 'url'])
  }
  expect([scene.api.seen, scene.elsewhere.seen]).toEqual([[], []])
})

test('every trick in a path is refused, or stays in the base', async () => {
  const paths = urls.filter(isWritable)
  let refused = 0

  for (const path of paths) {
    const { status, headers } = await byPath(path)
    if (status === 422) refused += 1
    // What is no path at all is no route.
    const isRefused = ['invalidRequest', 'notFound'].includes(headers['x-grantkeeper-error'] ?? '')
    expect([path.slice(0, 80), status, isRefused]).toEqual([path.slice(0, 80), expect.any(Number), status !== 200])
  }

  expectInside()
  expect(paths.length).toBeGreaterThan(80)
  expect(refused).toBeGreaterThan(40)
})

test('and so is whatever is made of their pieces, in either form', async () => {
  const pieces = [
    '.',
    '..',
    '/',
    '//',
    '%2e',
    '%252e',
    '%2f',
    '%5c',
    ';',
    '?',
    '#',
    '@',
    ':',
    'http:',
    'v1',
    'a',
    '%00',
    '\\',
  ]
  const others = [scene.elsewhere.origin, scene.api.origin, new URL(scene.elsewhere.origin).host]
  const url = fc.array(fc.constantFrom(...pieces, ...others), { maxLength: 7 }).map((chosen) => chosen.join(''))

  await fc.assert(
    fc.asyncProperty(url, fc.boolean(), async (given, inPath) => {
      const { status } = inPath ? await byPath(given) : await scene.relay({ url: given })

      expect([200, 404, 422]).toContain(status)
      expectInside()
    }),
    { numRuns: deep ? 5_000 : 300 },
  )
  expect(scene.api.seen.length).toBeGreaterThan(20)
})
