import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deep } from '../support/deep.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { aRefreshLane, aStackLane, type Effect, type RefreshLane, type Step } from '../support/refresh-lane.ts'

/** The calls of a refresh, in an environment that has just started and in one that knows the grant already. */
const steps: Record<'cold' | 'warm', Step[]> = {
  cold: [
    { service: 'dynamodb', operation: 'GetItem', nth: 1 },
    { service: 'dynamodb', operation: 'GetItem', nth: 2 },
    { service: 'dynamodb', operation: 'UpdateItem', nth: 3 },
    { service: 'dynamodb', operation: 'GetItem', nth: 4 },
    { service: 'dynamodb', operation: 'GetItem', nth: 5 },
    { service: 'kms', operation: 'Decrypt', nth: 1 },
    { service: 'dynamodb', operation: 'GetItem', nth: 6 },
    { service: 'kms', operation: 'Decrypt', nth: 2 },
    { service: 'dynamodb', operation: 'Query', nth: 7 },
    { service: 'upstream', operation: 'POST /token', nth: 1 },
    { service: 'dynamodb', operation: 'UpdateItem', nth: 8 },
  ],
  warm: [
    { service: 'dynamodb', operation: 'BatchGetItem', nth: 1 },
    { service: 'dynamodb', operation: 'UpdateItem', nth: 2 },
    { service: 'dynamodb', operation: 'GetItem', nth: 3 },
    { service: 'upstream', operation: 'POST /token', nth: 1 },
    { service: 'dynamodb', operation: 'UpdateItem', nth: 4 },
  ],
}

/** An SDK makes three attempts, so three faults in a row reach the product. */
const ATTEMPTS = 3
const HANG_MS = 10_000
const TIMEOUT_MS = deep ? 1_800_000 : 180_000
const effects: Record<string, { effect: Effect | 'killBefore' | 'killAfter'; times: number }> = {
  error: { effect: { kind: 'error' }, times: 1 },
  'an error of every attempt': { effect: { kind: 'error' }, times: ATTEMPTS },
  throttling: { effect: { kind: 'throttle' }, times: 1 },
  'throttling of every attempt': { effect: { kind: 'throttle' }, times: ATTEMPTS },
  'a lost answer': { effect: { kind: 'lostAnswer' }, times: 1 },
  'a lost answer to every attempt': { effect: { kind: 'lostAnswer' }, times: ATTEMPTS },
  'no answer': { effect: { kind: 'hang', ms: HANG_MS }, times: 1 },
  'no answer to any attempt': { effect: { kind: 'hang', ms: HANG_MS }, times: ATTEMPTS },
  'the end of the process before': { effect: 'killBefore', times: 1 },
  'the end of the process after': { effect: 'killAfter', times: 1 },
}

const killed = Object.entries(effects).flatMap(([name, { effect }]) => (typeof effect === 'string' ? [name] : []))

const isHang = (effect: Effect | string): boolean => typeof effect === 'object' && effect.kind === 'hang'

interface Case {
  readonly start: 'cold' | 'warm'
  readonly place: number
  readonly step: Step
  readonly fault: string
  /** Whether the provider has rotated the token and nobody here has got to know the new one. */
  readonly lost: boolean
  readonly name: string
}

const isSave = ({ start, place }: Pick<Case, 'start' | 'place'>): boolean => place === steps[start].length - 1

const cases: Case[] = (['cold', 'warm'] as const).flatMap((start) =>
  steps[start].flatMap((step, place) =>
    Object.entries(effects)
      // A token request is made once, so nothing can strike its other attempts.
      .filter(([, { times }]) => step.service !== 'upstream' || times === 1)
      // A warm environment has fewer calls than a cold one, and no other; what is slow there is left to the deep run.
      .filter(([, { effect, times }]) => deep || start === 'cold' || (times === 1 && !isHang(effect)))
      .map(([fault, { effect }]) => {
        const atToken = step.service === 'upstream' && (fault === 'a lost answer' || effect === 'killAfter')
        const lost = atToken || (isSave({ start, place }) && effect === 'killBefore')
        const name = `${fault}, at call ${place + 1} (${step.service} ${step.operation})`
        return { start, place, step, fault, lost, name }
      }),
  ),
)

interface Outcome {
  readonly first: number
  readonly seconds: number
  readonly retry: number
  readonly further: number
  readonly upstream: { grants: number; refreshTokens: number }
  readonly status: string
  readonly reason: string | undefined
}

let grantkeeper: ProxiedGrantkeeper
const lanes: RefreshLane[] = []
/** They spend their time waiting for what does not answer. */
const LANES = 8
/** How often each case is played, and how it came out each time. */
const ROUNDS = deep ? 5 : 1
const outcomes = new Map<Case, PromiseWithResolvers<Outcome>[]>(
  cases.map((each) => [each, Array.from({ length: ROUNDS }, () => Promise.withResolvers<Outcome>())]),
)

beforeAll(async () => {
  grantkeeper = await aProxiedGrantkeeper()
  for (let lane = 0; lane < LANES; lane++) lanes.push(await aRefreshLane(grantkeeper, `sweep-${lane}`))
  for (const { promise } of [...outcomes.values()].flat()) promise.catch(() => undefined)
  // The longest first, so that no lane is left with one at the end.
  const queue = [...outcomes.entries()]
    .toSorted(([a], [b]) => weight(b) - weight(a))
    .flatMap(([each, settles]) => settles.map((settle) => ({ each, settle })))
  for (const lane of lanes) void runAll(lane, queue)
}, 60_000)

afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()))
  await grantkeeper.close()
}, 30_000)

const weight = ({ fault, step }: Case): number =>
  fault.startsWith('no answer') ? (step.service === 'upstream' ? 20 : (effects[fault]?.times ?? 0) * 3) : 0

/** Takes one case after the other. */
const runAll = async (
  lane: RefreshLane,
  queue: { each: Case; settle: PromiseWithResolvers<Outcome> }[],
): Promise<void> => {
  for (let next = queue.shift(); next; next = queue.shift()) {
    await run(lane, next.each).then(next.settle.resolve, next.settle.reject)
  }
}

const outcomesOf = (each: Case): Promise<Outcome[]> =>
  Promise.all((outcomes.get(each) ?? []).map(({ promise }) => promise))

const run = async (lane: RefreshLane, each: Case): Promise<Outcome> => {
  await prepare(lane, each.start)
  const { effect, times } = effects[each.fault] ?? { effect: { kind: 'error' }, times: 1 }
  const kill = { kind: 'kill', kill: lane.kill } as const
  if (effect === 'killBefore') lane.disturb(each.step, { ...kill, when: 'before' })
  else if (effect === 'killAfter') lane.disturb(each.step, { ...kill, when: 'after' })
  else lane.disturb(each.step, effect, times)

  const begun = performance.now()
  const first = await lane.ask()
  const seconds = (performance.now() - begun) / 1000
  lane.calm()
  await lane.rows.wait(lane.grantId)
  const retry = await lane.ask()
  const [upstream, row] = [await lane.upstream(), await lane.row()]
  await lane.rows.age(lane.grantId)
  const further = await lane.ask()
  const { status } = (await lane.get()).body
  if (retry !== 201) await lane.connect()
  return {
    first,
    seconds,
    retry,
    further,
    upstream,
    status,
    reason: row?.deadReason,
  }
}

/** A live grant whose token has just expired, and the environment as the case wants it. */
const prepare = async (lane: RefreshLane, start: 'cold' | 'warm'): Promise<void> => {
  lane.calm()
  if (start === 'cold') lane.kill()
  await lane.rows.age(lane.grantId)
  if (start === 'warm') {
    const warming = await lane.ask()
    if (warming !== 201) throw new Error(`The environment was not warmed: ${warming}`)
    await lane.rows.age(lane.grantId)
  }
}

describe.each(['cold', 'warm'] as const)('in a %s environment', (start) => {
  test('a refresh makes these calls, and between the token request and the write of its answer none', async () => {
    const lane = await aRefreshLane(grantkeeper, `calls-${start}`)
    await prepare(lane, start)

    const calls = await lane.callsDuring(lane.ask)

    await lane.close()
    expect(calls).toEqual(steps[start])
  }, 60_000)

  test.each(cases.filter((each) => each.start === start && !each.lost))(
    'nothing is lost by $name',
    async (each) => {
      const results = await outcomesOf(each)

      const unharmed = {
        first: expect.any(Number),
        seconds: expect.any(Number),
        retry: 201,
        further: 201,
        upstream: { grants: 1, refreshTokens: 1 },
        status: 'active',
        reason: undefined,
      }
      expect(results).toEqual(Array(ROUNDS).fill(unharmed))
      for (const { first, seconds } of results) {
        expect(firstAnswers(each)).toContain(first)
        expect(seconds).toBeLessThan(29)
      }
    },
    TIMEOUT_MS,
  )

  test.each(cases.filter((each) => each.start === start && each.lost))(
    'the status is honest after $name',
    async (each) => {
      const results = await outcomesOf(each)

      const ended = {
        first: 502,
        seconds: expect.any(Number),
        retry: 410,
        further: 410,
        upstream: { grants: 0, refreshTokens: 0 },
        status: 'expired',
        reason: 'refreshOutcomeUnknown',
      }
      expect(results).toEqual(Array(ROUNDS).fill(ended))
    },
    TIMEOUT_MS,
  )
})

/** Through the gateway, the roles and a thread that really ends: one of each kind. */
describe('and so it is in the stack', () => {
  const token: Step = { service: 'upstream', operation: 'POST /token', nth: 1 }
  const save: Step = { service: 'dynamodb', operation: 'UpdateItem', nth: 8 }
  const rows = cases.filter(
    ({ start, step, fault }) =>
      start === 'cold' &&
      [token, save].some(({ service, nth }) => service === step.service && nth === step.nth) &&
      ['error', 'throttling', 'a lost answer'].concat(killed).includes(fault),
  )
  let stack: ProxiedGrantkeeper
  let lane: RefreshLane
  beforeAll(async () => {
    stack = await aProxiedGrantkeeper({ environments: 1 })
    lane = await aStackLane(stack, 'in the stack')
  })
  afterAll(async () => {
    await lane.close()
    await stack.close()
  })

  test.each(rows)('with $name', async (each) => {
    const { first, seconds, ...outcome } = await run(lane, each)

    const whole = { status: 'active', reason: undefined, retry: 201, upstream: { grants: 1, refreshTokens: 1 } }
    const ended = {
      status: 'expired',
      reason: 'refreshOutcomeUnknown',
      retry: 410,
      upstream: { grants: 0, refreshTokens: 0 },
    }
    const expected = each.lost ? ended : whole
    expect(outcome).toEqual({ ...expected, further: expected.retry })
    expect(firstAnswers(each)).toContain(first)
    expect(seconds).toBeLessThan(29)
  })
})

/** What the first caller may be answered. One fault of an AWS service is never seen by the caller. */
const firstAnswers = ({ step, fault, start, place }: Case): number[] => {
  const { effect, times } = effects[fault] ?? {}
  if (step.service === 'upstream' || typeof effect === 'string') return [502]
  // A lease that is there is found to be ours, whatever became of the answer.
  const isLeased =
    fault.startsWith('a lost answer') && place === steps[start].findIndex((it) => it.operation === 'UpdateItem')
  return times === 1 || isSave({ start, place }) || isLeased ? [201] : [503]
}
