import { beforeEach, describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import { type RefreshPorts, refresh, takeLease } from '../../lib/domain/grants/refresh.ts'
import { Problem } from '../../lib/domain/problem.ts'
import { UpstreamFailure } from '../../lib/domain/upstream-failure.ts'
import { aGrantRow, aProviderRow } from '../support/records.ts'

/** What the provider has said is the answer, whatever becomes of the notes about it; and the lease is let go. */
const provider = aProviderRow()
let row: Grant
let failing: Set<string>
let calls: string[]
beforeEach(() => {
  row = aGrantRow(provider)
  failing = new Set()
  calls = []
})

/** Ports in memory; what `failing` names throws as often as it is called. */
const portsOf = (answer: unknown): RefreshPorts => {
  const port = (name: string, work: (...given: never[]) => unknown = () => undefined) => [
    name,
    async (...given: never[]) => {
      calls.push(name)
      if (failing.has(name)) throw new Error(`${name} fails`)
      return work(...given)
    },
  ]
  const unlease = (): void => {
    const { leaseId: _, leaseUntil: __, ...rest } = row
    row = rest
  }
  const grants = Object.fromEntries([
    port('takeLease', (_: Grant, leaseId: string, leaseMs: number) => {
      row = { ...row, leaseId, leaseUntil: Date.now() + leaseMs }
      return row
    }),
    port('releaseLease', unlease),
    port('noteFailure', unlease),
    port('markDead', () => {
      unlease()
      return true
    }),
    port('get', () => row),
  ])
  const providers = Object.fromEntries([
    port('secret', () => ({ version: 1, sealed: new Uint8Array() })),
    port('rejectClient'),
    port('noteTimeout', () => 3),
    port('holdOff'),
  ])
  return {
    grants,
    providers,
    vault: { open: async () => 'secret', seal: async () => new Uint8Array() },
    oauth: { refresh: async () => Promise.reject(answer) },
    audit: { record: () => undefined },
  } as unknown as RefreshPorts
}

const outcomeOf = async (ports: RefreshPorts): Promise<string> => {
  const leased = await takeLease(ports, row)
  if (!leased) return 'not leased'
  return refresh(ports, leased, provider).then(
    () => 'served',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  )
}

const refusedToken = new UpstreamFailure('grantDead', { codes: { error: 'invalid_grant' } })
const waiting = new UpstreamFailure('needsUser', { codes: { error: 'interaction_required' } })
const refusedClient = new UpstreamFailure('clientRejected', { codes: { error: 'invalid_client' } })
const down = new UpstreamFailure('transient', { status: 503 })
const timedOut = new UpstreamFailure('transient', { timedOut: true, outcomeUnknown: true })
const nonsense = new UpstreamFailure('badAnswer')

describe('a verdict of the provider survives a failed write', () => {
  test.each<[verdict: string, when: string, answer: UpstreamFailure, failing: string[]]>([
    ['grantExpired', 'the death cannot be noted', refusedToken, ['markDead']],
    ['grantExpired', 'it cannot be noted, nor the grant be read', refusedToken, ['markDead', 'get']],
    ['grantExpired', 'that it waits for its user cannot be noted', waiting, ['markDead']],
    ['clientUnusable', 'the client cannot be noted', refusedClient, ['rejectClient']],
    ['clientUnusable', 'the failure cannot be noted', refusedClient, ['noteFailure']],
    ['clientUnusable', 'neither can', refusedClient, ['rejectClient', 'noteFailure']],
    ['upstreamUnavailable', 'the failure cannot be noted', down, ['noteFailure']],
    ['upstreamUnavailable', 'the timeout cannot be counted', timedOut, ['noteTimeout']],
    ['upstreamUnavailable', 'the provider cannot be held off', timedOut, ['holdOff']],
    ['upstreamAnswer', 'the failure cannot be noted', nonsense, ['noteFailure']],
  ])('%s, though %s', async (verdict, _, answer, broken) => {
    failing = new Set(broken)

    expect(await outcomeOf(portsOf(answer))).toBe(verdict)

    expect(row.leaseId).toBeUndefined()
    expect(calls).toEqual(expect.arrayContaining(broken))
  })

  test('that is another one when a newer token stands there by now', async () => {
    failing = new Set(['markDead'])
    const ports = portsOf(refusedToken)
    const leased = await takeLease(ports, row)
    row = { ...row, tokenVersion: row.tokenVersion + 1 }

    const served = await refresh(ports, leased ?? row, provider)

    expect(served.grant).toEqual(row)
  })

  test('and where nothing at all can be written it is still the answer', async () => {
    failing = new Set(['markDead', 'releaseLease', 'get'])

    expect(await outcomeOf(portsOf(refusedToken))).toBe('grantExpired')
  })
})

test('a lease that could not be taken, as far as is known, is given back', async () => {
  failing = new Set(['takeLease'])

  await expect(outcomeOf(portsOf(down))).rejects.toThrow('takeLease fails')

  expect(calls).toEqual(['takeLease', 'releaseLease'])
})
