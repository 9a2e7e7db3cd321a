import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Scene, type Strike, scenery } from '../support/connect-faults.ts'
import { finish } from '../support/connecting.ts'
import { deep } from '../support/deep.ts'
import type { Answer, Json } from '../support/grantkeeper.ts'
import { inParallel } from '../support/in-parallel.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: ProxiedGrantkeeper
let rows: Rows
let aScene: ReturnType<typeof scenery>

beforeAll(async () => {
  grantkeeper = await aProxiedGrantkeeper({ environments: 8 })
  rows = rowsOf(grantkeeper.stack, grantkeeper.direct.dynamodb)
  aScene = scenery(grantkeeper, rows)
})
afterAll(() => grantkeeper.close())

/** Which part of the flow is struck, and by which function it is served. */
const parts = { authorize: 'externalOAuth/authorize-provider', callback: 'externalOAuth/complete-callback' } as const
type Part = keyof typeof parts

const kill = async (part: Part): Promise<void> => {
  const { functions, functionId } = grantkeeper.stack
  functions.kill(functionId(parts[part]))
}

/** Nobody waits half a minute here for a claim to lapse. */
const lapseClaims = async (org: string): Promise<void> => {
  for (const row of (await rows.of('FLOW')).filter(({ orgId }) => orgId === org)) {
    if (row.claimUntil !== undefined) await rows.change(row, { claimUntil: Date.now() - 1 })
  }
}

/** Connects under the strike as an application would: the same callback again, and a new flow when that is refused. */
const connect = async (scene: Scene, part: Part): Promise<{ answers: number[]; last: Answer }> => {
  scene.watch(part === 'authorize')
  const callback = await scene.redirect()
  scene.watch(part === 'callback')
  const first = await finish(scene.caller, callback)
  scene.watch(false)
  await lapseClaims(scene.org)
  const second = await finish(scene.caller, callback)
  const done = [first, second].find(({ status }) => status === 200)
  const last = done ?? (second.status === 400 ? await finish(scene.caller, await scene.redirect()) : second)
  return { answers: [first.status, second.status, last.status], last }
}

/** The sweeper, as if enough time had passed for everything that it looks after. */
const sweepAll = async (): Promise<void> => {
  for (let tries = 0; tries < 10; tries++) {
    const due = (await rows.of('FLOW')).filter(({ duePk }) => duePk !== undefined)
    if (due.length === 0) return
    for (const row of due) await rows.change(row, { dueAt: 1, ...(row.claimUntil && { claimUntil: 1 }) })
    await grantkeeper.stack.functions.invoke(grantkeeper.stack.functionId('workers/sweep'), {})
  }
  throw new Error('The sweeper does not come to an end')
}

/** What must hold afterwards, and did not. */
const violations = async (scene: Scene, last: Answer, live: Json[]): Promise<string[]> => {
  const kept = await rows.partition(`USER#${scene.org}#grace`)
  const upstream = live.filter(({ account }) => account === scene.account)
  const token = await scene.caller.post(`/authorizedProviders/${kept[0]?.grantId}/accessToken/`)
  const works = await fetch(`${grantkeeper.upstream.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${token.body?.accessToken}` },
  })
  return [
    last.status === 200 ? [] : `the last answer is ${last.status} ${last.text}`,
    kept.length === 1 ? [] : `${kept.length} grants are kept`,
    upstream.length === 1 ? [] : `${upstream.length} grants live upstream`,
    works.ok ? [] : `the kept token is answered ${works.status}`,
  ].flat()
}

/** Answers that a failure of somebody else may have: never a 500. */
const honest = new Set([200, 400, 502, 503])

const strikes: [what: string, persists: boolean, effect: (part: Part) => Strike['effect'], atOnce: number][] = [
  ['an error', false, () => ({ kind: 'error' }), 8],
  ['an error that persists', true, () => ({ kind: 'error' }), 8],
  ['a lost answer', false, () => ({ kind: 'lostAnswer' }), 8],
  ['answers that are lost again and again', true, () => ({ kind: 'lostAnswer' }), 8],
  ['throttling', false, () => ({ kind: 'throttle' }), 8],
  ['throttling that persists', true, () => ({ kind: 'throttle' }), 8],
  ['silence', false, () => ({ kind: 'hang' }), 8],
  ['silence that persists', true, () => ({ kind: 'hang' }), 8],
  ['the end of the function before the call', false, (part) => ({ kind: 'kill', when: 'before', kill: () => kill(part) }), 1],
  ['the end of the function after the call', false, (part) => ({ kind: 'kill', when: 'after', kill: () => kill(part) }), 1],
]

describe.each(['authorize', 'callback'] as const)('at any call of %s', (part) => {
  test.each(strikes)('%s leaves one grant here, the same one there, and a retry succeeds', async (_what, persists, effect, atOnce) => {
    const unstruck = await aScene()
    await connect(unstruck, part)
    const places = unstruck.calls.map((_, place) => place + 1)

    const outcomes = await inParallel(atOnce, places, async (at) => {
      const scene = await aScene({ at, persists, effect: effect(part) })
      return { at, scene, ...(await connect(scene, part)) }
    })

    await sweepAll()
    const live = await grantkeeper.upstream.control.liveGrants()
    const wrong = await inParallel(atOnce, outcomes, async ({ at, scene, answers, last }) => {
      const found = await violations(scene, last, live)
      const dishonest = answers.filter((status) => !honest.has(status)).map((status) => `an answer is ${status}`)
      const { service, operation } = scene.calls[at - 1] ?? {}
      return [...found, ...dishonest].map((what) => `${at} ${service} ${operation} (${answers}): ${what}`)
    })
    console.log(outcomes.map(({ at, scene, answers }) => `${at} ${scene.calls[at - 1]?.service} ${scene.calls[at-1]?.operation} ${answers}`).join('\n'))
    for (const { scene } of outcomes) await scene.close()
    await unstruck.close()
    expect(wrong.flat()).toEqual([])
  }, 200_000)
})
console.log(deep)
