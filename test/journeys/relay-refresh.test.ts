import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inParallel } from '../../lib/domain/in-parallel.ts'
import { aGrant, type Json } from '../support/grantkeeper.ts'
import { aRelayScene, type RelayScene } from '../support/relay-scene.ts'

let scene: RelayScene
beforeAll(async () => {
  scene = await aRelayScene()
})
afterAll(() => scene.close())

const refused = new Set<string>()
let account = 0
let name: string
let grant: Json

/** A new newest connection of the caller, and an API that takes every token but the refused ones. */
beforeEach(async () => {
  name = `account-${account++}`
  grant = await aGrant(scene.caller, scene.provider.id, name)
  scene.api.reset()
  refused.clear()
  scene.api.answer = (response, { headers }) => {
    const isRefused = refused.has(headers.authorization ?? '') || refused.has('all')
    response.writeHead(isRefused ? 401 : 200, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
  }
})

const bearer = async (): Promise<string> =>
  `Bearer ${(await scene.caller.post(`/authorizedProviders/${grant.id}/accessToken/`)).body.accessToken}`
const refreshes = (): number =>
  scene.grantkeeper.upstream.control
    .requests()
    .filter((seen) => seen.grantType === 'refresh_token' && seen.account === name).length
const sent = () => scene.api.seen.map(({ headers }) => headers.authorization)

describe('a token that the API refuses', () => {
  test.each(['GET', 'POST'])('is refreshed once, and the %s is sent again', async (method) => {
    const first = await bearer()
    refused.add(first)

    const answer = await scene.relay({ method, url: '/x?y=z', data: 'text' })

    expect([answer.status, refreshes()]).toEqual([200, 1])
    expect(sent()).toEqual([first, await bearer()])
    expect(scene.api.seen.map((seen) => [seen.method, seen.target, seen.body.toString()])).toEqual([
      [method, '/v1/x?y=z', 'text'],
      [method, '/v1/x?y=z', 'text'],
    ])
  })

  test('is refreshed once for a hundred callers, and all are answered', async () => {
    refused.add(await bearer())

    const answers = await Promise.all(Array.from({ length: 100 }, () => scene.relay({ url: '/x' })))

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(refreshes()).toBe(1)
    expect(new Set(sent())).toEqual(new Set([...refused, await bearer()]))
  })

  test('is not refreshed when another stands in its place by then: that is sent', async () => {
    const first = await bearer()
    refused.add(first)
    const refuse = scene.api.answer
    scene.api.answer = async (response, request) => {
      if (scene.api.seen.length === 1) {
        await scene.rows.age(grant.id)
        await bearer()
      }
      refuse(response, request)
    }

    const answer = await scene.relay({ url: '/x' })

    expect([answer.status, refreshes()]).toEqual([200, 1])
    expect(sent()).toEqual([first, await bearer()])
  })

  test('is refreshed once a minute, where the API refuses whatever it gets: its 401 is the answer', async () => {
    refused.add('all')

    const answers = await inParallel(4, [1, 2, 3, 4, 5, 6], () => scene.relay({ url: '/x' }))

    for (const { status, headers } of answers) {
      expect([status, headers.get('www-authenticate'), headers.get('x-grantkeeper-error')]).toEqual([401, null, null])
    }
    expect(refreshes()).toBe(1)

    await scene.rows.changeGrant(grant.id, { refusedAt: Date.now() - 61_000 })
    await scene.relay({ url: '/x' })
    expect(refreshes()).toBe(2)
  })

  test('is answered with 410 when it turns out that the grant is dead', async () => {
    refused.add(await bearer())
    await scene.grantkeeper.upstream.control.revokeGrant({ account: name })

    const answer = await scene.relay({ url: '/x' })

    expect([answer.status, answer.headers.get('x-grantkeeper-error')]).toEqual([410, 'grantExpired'])
    expect((await scene.caller.get(`/authorizedProviders/${grant.id}/`)).body.status).toBe('expired')
  })

  test.each<[string, Json]>([
    ['there is nothing to refresh it with', { refreshToken: undefined }],
    ['the provider wants to be left alone', { retryAt: Date.now() + 3_600_000 }],
  ])('stays refused when %s, and the grant alive', async (_, changes) => {
    refused.add(await bearer())
    await scene.rows.changeGrant(grant.id, changes)

    const answer = await scene.relay({ url: '/x' })

    expect([answer.status, answer.headers.get('x-grantkeeper-error'), refreshes()]).toEqual([401, null, 0])
    expect((await scene.caller.get(`/authorizedProviders/${grant.id}/`)).body.status).toBe('active')
  })

  test('does not stand in the answer, nor does the one that took its place', async () => {
    refused.add(await bearer())
    scene.api.answer = (response, { headers }) => {
      const status = refused.has(headers.authorization ?? '') ? 401 : 200
      response.writeHead(status, { 'content-type': 'text/plain' }).end(`${headers.authorization}`)
    }

    const { status, text } = await scene.relay({ url: '/x' })

    expect([status, text]).toEqual([200, expect.stringMatching(/^Bearer x+$/)])
  })
})

describe('a token that is past its time', () => {
  test('is refreshed before the request is sent', async () => {
    const old = await bearer()
    await scene.rows.age(grant.id)

    const answer = await scene.relay({ url: '/x' })

    expect([answer.status, refreshes(), sent().includes(old)]).toEqual([200, 1, false])
  })
})
