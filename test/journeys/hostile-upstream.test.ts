import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import type { Answer } from '../support/grantkeeper.ts'
import {
  answer,
  errorAs200,
  gzipBomb,
  type HostileBehaviour,
  hang,
  html,
  hugeBody,
  redirectElsewhere,
  slowDrip,
} from '../support/hostile-answers.ts'
import { aHostileGrant, aHostileProvider, aHostileRedirect } from '../support/hostile-provider.ts'
import { type HostileUpstream, startHostileUpstream } from '../support/hostile-upstream.ts'
import { aRefreshScene, type RefreshScene } from '../support/refresh-scene.ts'

/** What a request may take, and what its gateway waits. */
const REQUEST_SECONDS = 27
/** What a busy machine adds before and after, at most: starting an environment, mostly. */
const BUSY_SECONDS = 4
const MEMORY_MIB = 256

interface Timed {
  readonly answer: Answer
  readonly seconds: number
}

let scene: RefreshScene
const slowUpstreams: HostileUpstream[] = []
/** What takes its time is begun first, each at a server of its own. */
let slow: { drip: Promise<Both>; hang: Promise<Both>; timeouts: Promise<Timeouts> }

beforeAll(async () => {
  scene = await aRefreshScene({ environmentKind: 'process', environments: 8 })
  slow = {
    drip: both(await aSlowUpstream(), 'drip', slowDrip()),
    hang: both(await aSlowUpstream(), 'hang', hang()),
    timeouts: threeTimeouts(await aSlowUpstream()),
  }
  for (const begun of Object.values(slow)) begun.catch(() => undefined)
}, 60_000)

afterAll(async () => {
  for (const upstream of slowUpstreams) await upstream.close()
  await scene.close()
})

afterEach(() => notePeaks())

const aSlowUpstream = async (): Promise<HostileUpstream> => {
  const upstream = await startHostileUpstream()
  slowUpstreams.push(upstream)
  return upstream
}

const timed = async (work: () => Promise<Answer>): Promise<Timed> => {
  const begun = performance.now()
  const given = await work()
  return { answer: given, seconds: (performance.now() - begun) / 1000 }
}

interface Both {
  readonly refresh: Timed
  readonly code: Timed
  /** What the next caller gets once the server is honest again, and which refresh token it sent. */
  readonly healed: Answer
  readonly status: { status: string }
  readonly sameToken: boolean
}

/** One refresh and one exchange of a code that are answered so, and what becomes of the grant. */
const both = async (upstream: HostileUpstream, account: string, behaviour: HostileBehaviour): Promise<Both> => {
  const { id: providerId } = await aHostileProvider(scene.grantkeeper, upstream)
  const { id } = await aHostileGrant(scene.caller, providerId, account)
  const redirect = await aHostileRedirect(scene.caller, providerId, `${account}, second`)
  const kept = upstream.currentRefreshToken(account)
  await scene.rows.age(id)
  const from = upstream.requests().length

  upstream.script('token', behaviour)
  const [refresh, code] = await Promise.all([
    timed(() => scene.ask(id)),
    timed(() => scene.caller.post('/providers/callback/', redirect)),
  ])
  upstream.script('token', [])
  const status = await scene.statusOf(id)
  await scene.rows.wait(id)
  const healed = await scene.ask(id)

  const sent = upstream
    .requests()
    .slice(from)
    .filter(({ params }) => params.grant_type === 'refresh_token')
  return { refresh, code, healed, status, sameToken: sent.every(({ params }) => params.refresh_token === kept) }
}

const expectUnharmed = ({ refresh, code, healed, status, sameToken }: Both): void => {
  // In its own words: an environment that died of the answer would be a 502 of the gateway's.
  const body = { message: expect.stringMatching(/^The provider /), errorFields: [] }
  const refused = { status: 502, body: expect.objectContaining(body) }
  expect([refresh.answer, code.answer]).toEqual([expect.objectContaining(refused), expect.objectContaining(refused)])
  expect(refresh.seconds).toBeLessThan(REQUEST_SECONDS + BUSY_SECONDS)
  expect(code.seconds).toBeLessThan(REQUEST_SECONDS + BUSY_SECONDS)
  expect(status).toEqual({ status: 'active' })
  expect(healed.status).toBe(201)
  expect(sameToken).toBe(true)
}

const unusable: { name: string; behaviour: HostileBehaviour }[] = [
  { name: 'a body of 300 MiB', behaviour: hugeBody() },
  { name: 'a gzip bomb that holds 300 MiB', behaviour: gzipBomb() },
  { name: 'gzip that is none', behaviour: answer(200, 'no gzip', { 'content-encoding': 'gzip' }) },
  { name: 'an encoding that nobody knows', behaviour: answer(200, '{}', { 'content-encoding': 'zebra' }) },
  { name: 'a page', behaviour: html() },
  { name: 'a page with status 500', behaviour: html(500) },
  { name: 'an error with status 200', behaviour: errorAs200('slow_down') },
  { name: 'JSON that ends early', behaviour: answer(200, '{"access_token":"a","refresh_tok') },
  { name: 'an empty body', behaviour: answer(200, '') },
  { name: 'an empty object', behaviour: answer(200, {}) },
  { name: 'a list', behaviour: answer(200, [{ access_token: 'a' }]) },
  { name: 'null', behaviour: answer(200, 'null') },
  { name: 'an access token that is a number', behaviour: answer(200, { access_token: 7, token_type: 'bearer' }) },
  { name: 'an empty access token', behaviour: answer(200, { access_token: '', token_type: 'bearer' }) },
  { name: 'a redirect', behaviour: redirectElsewhere(307) },
  { name: 'a permanent redirect', behaviour: redirectElsewhere(308) },
  { name: 'a see other', behaviour: redirectElsewhere(303) },
]

describe.each(unusable)('a token endpoint that answers with $name', ({ name, behaviour }) => {
  test('is bad for its callers and harmless for the grant', async () => {
    expectUnharmed(await both(scene.hostile, name, behaviour))
  })
})

test('whoever redirects a token request elsewhere gets nothing there', () => {
  expect(scene.hostile.elsewhere()).toEqual([])
})

describe('a token endpoint that', () => {
  test('drips its body is given up after the five seconds of a body', async () => {
    const result = await slow.drip

    expectUnharmed(result)
    expect(result.refresh.seconds).toBeLessThan(12)
  }, 60_000)

  test('does not answer is given up after twenty seconds, and within the time of a request', async () => {
    const result = await slow.hang

    expectUnharmed(result)
    expect(result.refresh.seconds).toBeGreaterThan(19)
  }, 60_000)
})

interface Timeouts {
  readonly results: readonly Timed[]
  readonly noted: Provider | undefined
  readonly third: string
  readonly fourth: string
  readonly providerId: string
  readonly upstream: HostileUpstream
}

const threeTimeouts = async (upstream: HostileUpstream): Promise<Timeouts> => {
  const { id: providerId } = await aHostileProvider(scene.grantkeeper, upstream)
  const ids: string[] = []
  for (const account of ['first', 'second', 'third', 'fourth']) {
    const { id } = await aHostileGrant(scene.caller, providerId, account)
    await scene.rows.age(id)
    ids.push(id)
  }
  upstream.script('token', hang())
  const [third = '', fourth = ''] = ids.slice(2)
  const results = await Promise.all(ids.slice(0, 3).map((id) => timed(() => scene.ask(id))))
  return { results, noted: await scene.rows.provider(providerId), third, fourth, providerId, upstream }
}

describe('a provider that has not answered three times in a row', () => {
  test('lets each caller go within the time of a request', async () => {
    const { results } = await slow.timeouts

    expect(results.map((result) => result.answer.status)).toEqual([502, 502, 502])
    expect(Math.max(...results.map(({ seconds }) => seconds))).toBeLessThan(REQUEST_SECONDS)
  }, 60_000)

  test('is left alone by its other grants as well, and asked by all once it answers one', async () => {
    const { noted, third, fourth, providerId, upstream } = await slow.timeouts
    expect(noted).toMatchObject({ timeouts: 3, retryAt: expect.any(Number) })
    await scene.rows.changeProvider(providerId, { retryAt: Date.now() + 60_000 })
    const from = upstream.requests().length

    const refused = await timed(() => scene.ask(fourth))

    expect(refused.answer.status).toBe(503)
    expect(Number(refused.answer.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(refused.seconds).toBeLessThan(10)
    expect(upstream.requests().length).toBe(from)

    upstream.script('token', [])
    await scene.rows.changeProvider(providerId, { retryAt: Date.now() })
    expect((await scene.ask(fourth)).status).toBe(201)
    await scene.rows.wait(third)
    expect((await scene.ask(third)).status).toBe(201)
    expect(await scene.rows.provider(providerId)).not.toHaveProperty('timeouts')
    expect(await scene.rows.provider(providerId)).not.toHaveProperty('retryAt')
  }, 60_000)
})

test('through all of this no environment has needed 256 MiB', async () => {
  await Promise.allSettled(Object.values(slow))

  notePeaks()
  const peaks = [...peaksByProcess.values()]

  console.info(`Peak memory of the environments, MiB: ${peaks.toSorted((a, b) => b - a).join(' ')}`)
  expect(peaks.length).toBeGreaterThan(2)
  expect(Math.max(...peaks)).toBeLessThan(MEMORY_MIB)
}, 60_000)

/** The most resident memory that each process of an environment has had, in MiB, those that have ended included. */
const peaksByProcess = new Map<string, number>()

const notePeaks = (): void => {
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      const isChild = new RegExp(`^PPid:\\s+${process.pid}$`, 'm').test(status)
      const isEnvironment = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('environments/boot.mjs')
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
      if (isChild && isEnvironment && peak !== undefined) peaksByProcess.set(pid, Math.round(Number(peak) / 1024))
    } catch {
      // It has ended meanwhile.
    }
  }
}
