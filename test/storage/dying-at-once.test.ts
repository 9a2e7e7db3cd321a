import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disconnect } from '../../lib/domain/grants/disconnect.ts'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import { type RevokePorts, revokeUnsaved } from '../../lib/domain/grants/revoke.ts'
import type { AuditRecord } from '../../lib/domain/ports.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import { flowStore } from '../../lib/storage/flow-store.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { deep } from '../support/deep.ts'
import { aFlowRow, aGrantRow, aProviderRow, sealed, settings } from '../support/records.ts'
import { aTable, type TestTable, withSends } from '../support/table.ts'

/**
 * Two at once on one upstream account, which a revocation ends for all. Each is held before every call that it makes, to
 * the table and to the provider: the first goes so far, then the second so far, then the first to its end, then the second.
 */
let table: TestTable
beforeAll(async () => {
  table = await aTable()
})
afterAll(() => table?.close())

/** More calls than either makes. By default every third pair of places is tried, in deep runs every one. */
const MOST = 10
const places = Array.from({ length: MOST + 1 }, (_, place) => place)
const turns = places.flatMap((first) =>
  places.filter((second) => deep || (first + second) % 3 === 0).map((second) => [first, second] as const),
)

interface Scene {
  readonly provider: Provider
  readonly other: Provider
  /** The tokens that live at the provider. */
  readonly alive: Set<string>
  readonly outcomes: AuditRecord['reason'][]
  grant(provider: Provider): Promise<Grant>
  connect(ports: RevokePorts, provider: Provider, changes?: Partial<Grant>): Promise<Grant>
}
/** One of the two; `step` is a call of its own that is no call of the ports. */
type Actor = (ports: RevokePorts, step: <Result>(call: () => Result) => Promise<Result>) => Promise<unknown>

let scenes = 0
const aScene = async (): Promise<Scene> => {
  const clientId = `client-${++scenes}`
  const shared = { clientId, settings: { ...settings, revocationUri: 'https://upstream.example/revoke' } }
  const [provider, other] = [aProviderRow(shared), aProviderRow(shared)]
  for (const each of [provider, other]) await providerStore(table).create(each, { version: 1, sealed: sealed() })
  const alive = new Set<string>()
  const connect: Scene['connect'] = async ({ grants }, of, changes) => {
    const flow = aFlowRow(of)
    const flows = flowStore(table)
    await flows.create(flow)
    await flows.claim(flow, { id: 'claim', until: Date.now() + 30_000, code: sealed(), dueAt: Date.now() })
    const grant = aGrantRow(of, { sub: 'account', userId: of.id, ...changes })
    await grants.connect(grant, undefined, of, { ...flow, claimId: 'claim' })
    return grant
  }
  const grant = async (of: Provider) => {
    const kept = await connect({ grants: grantStore(table) } as RevokePorts, of)
    alive.add(kept.id)
    return kept
  }
  return { provider, other, alive, outcomes: [], grant, connect }
}

/** Lets both go on in turns, and answers when both are through. */
const interleave = async ({ alive, outcomes }: Scene, held: readonly [number, number], actors: [Actor, Actor]) => {
  const [one, two] = actors.map((actor, place) => {
    let left = held[place] ?? 0
    let release = (): void => undefined
    let reached = (): void => undefined
    const goesOn = new Promise<void>((resolve) => {
      release = resolve
    })
    const stopped = new Promise<void>((resolve) => {
      reached = resolve
    })
    const step = async <Result>(call: () => Result): Promise<Result> => {
      if (left-- <= 0) {
        reached()
        await goesOn
      }
      return call()
    }
    const own = withSends(table, ({ send }) => step(send) as Promise<unknown>)
    const ports = {
      grants: grantStore(own),
      providers: providerStore(own),
      vault: { open: async () => 'secret' },
      oauth: { revoke: () => step(() => alive.clear()) },
      audit: { record: ({ action, reason }: AuditRecord) => action === 'token.revoked' && outcomes.push(reason) },
    } as unknown as RevokePorts
    return { begin: () => actor(ports, step).finally(reached), stopped, release }
  })
  if (!one || !two) throw new Error('There are two')
  const first = one.begin()
  await one.stopped
  const second = two.begin()
  await two.stopped
  one.release()
  await first
  two.release()
  await second
}

const admin = { orgId: 'acme', userId: 'ada', admin: true }
const dies =
  ({ id }: Grant): Actor =>
  (ports) =>
    disconnect(ports, admin, id)

describe.each(turns)('the first makes %i calls, the second %i', (...held) => {
  test('of two that die nothing lives on', async () => {
    const scene = await aScene()
    const [one, two] = [await scene.grant(scene.provider), await scene.grant(scene.other)]

    await interleave(scene, held, [dies(one), dies(two)])

    expect([...scene.alive]).toEqual([])
    expect(scene.outcomes).toContain('revoked')
  })

  test('where one dies, and one is refused after its exchange, nothing lives on', async () => {
    const scene = await aScene()
    const one = await scene.grant(scene.provider)
    const refused: Actor = async (ports, step) => {
      await step(() => scene.alive.add('fresh'))
      const owner = { orgId: 'acme', id: '', userId: 'heidi', providerId: scene.other.id, sub: 'account' }
      return revokeUnsaved(ports, { provider: scene.other, clientSecret: '' }, owner, { accessToken: 'fresh' })
    }

    await interleave(scene, held, [dies(one), refused])

    expect([...scene.alive]).toEqual([])
  })

  test('where one dies, and one is connected, it is spared for that alone', async () => {
    const scene = await aScene()
    const one = await scene.grant(scene.provider)
    let connected: Grant | undefined
    const connects: Actor = async (ports, step) => {
      await step(() => scene.alive.add('fresh'))
      connected = await scene.connect(ports, scene.other)
    }

    await interleave(scene, held, [dies(one), connects])

    const wasSpared = scene.outcomes.includes('sibling')
    expect(scene.outcomes).toHaveLength(1)
    // Whoever is spared stands, and with it whatever lives on.
    expect(scene.alive.has(one.id)).toBe(wasSpared)
    expect(scene.alive.has('fresh') || !wasSpared).toBe(true)
    expect(await grantStore(table).get('acme', one.id)).toBeUndefined()
    expect(await grantStore(table).get('acme', connected?.id ?? '')).toBeDefined()
  })
})
