import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inParallel } from '../../lib/domain/in-parallel.ts'
import { type Scene, type Strike, scenery } from '../support/connect-faults.ts'
import { finish } from '../support/connecting.ts'
import { deep } from '../support/deep.ts'
import type { Answer, Json } from '../support/grantkeeper.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { type Rows, rowsOf } from '../support/rows.ts'
import { sweepFlows } from '../support/sweep-flows.ts'

let grantkeeper: ProxiedGrantkeeper
let rows: Rows
let stage: ReturnType<typeof scenery>

beforeAll(async () => {
  grantkeeper = await aProxiedGrantkeeper({ environments: AT_ONCE })
  rows = rowsOf(grantkeeper.stack, grantkeeper.direct.dynamodb)
  stage = scenery(grantkeeper, rows)
})
afterAll(async () => {
  await grantkeeper.close()
  await stage.close()
})

/** Which part of connecting is struck, and which function serves it. */
const parts = {
  authorize: 'externalOAuth/authorize-provider',
  callback: 'externalOAuth/complete-callback',
  'the callback of a further consent': 'externalOAuth/complete-callback',
} as const
type Part = keyof typeof parts

const kill = (part: Part): void => {
  const { functions, functionId } = grantkeeper.stack
  functions.kill(functionId(parts[part]))
}

/** Connects under the strike as an application would: the same callback again, and a new flow when that is refused. */
const connect = async (scene: Scene, part: Part): Promise<{ answers: number[]; last: Answer }> => {
  if (part === 'the callback of a further consent') await finish(scene.caller, await scene.redirect())
  scene.watch(part === 'authorize')
  const callback = await scene.redirect()
  scene.watch(part !== 'authorize')
  const first = await finish(scene.caller, callback)
  scene.watch(false)
  await scene.lapseClaim()
  const second = await finish(scene.caller, callback)
  const done = [first, second].find(({ status }) => status === 200)
  const last = done ?? (second.status === 400 ? await finish(scene.caller, await scene.redirect()) : second)
  return { answers: [first.status, second.status, last.status], last }
}

/** What must hold afterwards, and does not. */
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

/** What the failure of somebody else may come to: never a 500. */
const honest = new Set([200, 400, 502, 503])

interface Row {
  readonly what: string
  readonly persists: boolean
  readonly effect: (part: Part) => Strike['effect']
}

/** What strikes one scene alone, so that all go on at once; what takes longest comes first. */
const strikes: Row[] = [
  { what: 'silence', persists: false, effect: () => ({ kind: 'hang' }) },
  { what: 'silence that persists', persists: true, effect: () => ({ kind: 'hang' }) },
  { what: 'an error', persists: false, effect: () => ({ kind: 'error' }) },
  { what: 'an error that persists', persists: true, effect: () => ({ kind: 'error' }) },
  { what: 'a lost answer', persists: false, effect: () => ({ kind: 'lostAnswer' }) },
  { what: 'an answer lost time and again', persists: true, effect: () => ({ kind: 'lostAnswer' }) },
  { what: 'throttling', persists: false, effect: () => ({ kind: 'throttle' }) },
  { what: 'throttling that persists', persists: true, effect: () => ({ kind: 'throttle' }) },
]

/** What ends every environment of the function, so that they go one by one. */
const ends: Row[] = (['before', 'after'] as const).map((when) => ({
  what: `the end of the function ${when} the call`,
  persists: false,
  effect: (part) => ({ kind: 'kill', when, kill: () => kill(part) }),
}))

const rowsOfTable = [...strikes, ...ends]
const names = Object.keys(parts) as Part[]

/** Each row strikes every sixth call, the next row the ones beside them; the deep run strikes every call by every row. */
const STRIDE = deep ? 1 : 6
const AT_ONCE = 12

/** What went wrong, by the part and what struck it. */
const wrong = new Map<string, string[]>()
const key = (part: Part, what: string): string => `${part}: ${what}`

interface Case {
  readonly part: Part
  readonly row: Row
  readonly at: number
}

const run = async ({ part, row, at }: Case) => {
  const scene = await stage.aScene({ at, persists: row.persists, effect: row.effect(part) })
  return { part, row, at, scene, ...(await connect(scene, part)) }
}

// All scenes go on together, since most of their time is waiting for what does not answer.
beforeAll(async () => {
  const calls = new Map<Part, number>()
  for (const part of names) {
    const unstruck = await stage.aScene()
    await connect(unstruck, part)
    calls.set(part, unstruck.calls.length)
  }
  const casesOf = (table: readonly Row[]): Case[] =>
    table.flatMap((row) =>
      names.flatMap((part) => {
        const places = Array.from({ length: calls.get(part) ?? 0 }, (_, place) => place + 1)
        const stride = Math.min(STRIDE, places.length)
        const first = (rowsOfTable.indexOf(row) + names.indexOf(part)) % stride
        return places.filter((at) => at % stride === first).map((at) => ({ part, row, at }))
      }),
    )

  const outcomes = [...(await inParallel(AT_ONCE, casesOf(strikes), run)), ...(await inParallel(1, casesOf(ends), run))]
  await sweepFlows(grantkeeper, rows)
  const live = await grantkeeper.upstream.control.liveGrants()
  await inParallel(AT_ONCE, outcomes, async ({ part, row: { what }, at, scene, answers, last }) => {
    const found = await violations(scene, last, live)
    const dishonest = answers.filter((status) => !honest.has(status)).map((status) => `an answer is ${status}`)
    const { service, operation } = scene.calls[at - 1] ?? {}
    const where = `${at} ${service} ${operation} (${answers})`
    const before = wrong.get(key(part, what)) ?? []
    wrong.set(key(part, what), [...before, ...[...found, ...dishonest].map((violation) => `${where}: ${violation}`)])
  })
}, 900_000)

describe.each(names)('at any call of %s', (part) => {
  test.each(rowsOfTable)('$what leaves one grant here, the same one upstream, and a retry succeeds', ({ what }) => {
    expect(wrong.get(key(part, what))).toEqual([])
  })
})
