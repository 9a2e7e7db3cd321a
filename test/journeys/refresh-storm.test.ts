import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { deep } from '../support/deep.ts'
import { type Answer, aCaller, aGrant, aGrantkeeper, aProvider, type Caller } from '../support/grantkeeper.ts'
import { type StoredRows, storedRows } from '../support/stored-grant.ts'

const CALLERS = 100
const ENVIRONMENTS = [4, 32]
/** Over few and over many environments, several rounds of each delay. */
const rounds: { environments: number; delaySeconds: number; times: number }[] = ENVIRONMENTS.flatMap((environments) => [
  { environments, delaySeconds: 0, times: deep ? 20 : 2 },
  ...[3, 9, 15].map((delaySeconds) => ({ environments, delaySeconds, times: deep ? 10 : 1 })),
])

interface Place {
  readonly grantkeeper: LocalGrantkeeper
  readonly rows: StoredRows
  readonly caller: Caller
  readonly providerId: string
}

interface Storm {
  readonly answers: readonly Answer[]
  /** Requests of the grant's account to the token endpoint, by the provider's own log. */
  readonly refreshes: number
  readonly liveRefreshTokens: number
  /** What the provider's own userinfo endpoint says to the token that was handed out. */
  readonly userinfoStatus: number
  readonly next: Answer
  readonly refreshesAfterNext: number
}

const places = new Map<number, Place>()
/** All rounds of a place one after the other, both places at once: they spend their time waiting. */
const storms = new Map<string, Promise<Storm[]>>()
const nameOf = (environments: number, delaySeconds: number): string => `${environments}/${delaySeconds}`

beforeAll(async () => {
  for (const environments of ENVIRONMENTS) {
    const place = await aPlace(environments)
    // Known before it is warm, so that it is closed whatever comes.
    places.set(environments, place)
    await warm(place)
  }
  for (const [environments, place] of places) {
    let before: Promise<unknown> = Promise.resolve()
    for (const { delaySeconds, times } of rounds.filter((round) => round.environments === environments)) {
      const name = nameOf(environments, delaySeconds)
      const these = before.then(() => stormsOf(place, name, delaySeconds, times))
      storms.set(name, these)
      before = these.catch(() => undefined)
    }
  }
}, 180_000)

afterAll(async () => {
  for (const { grantkeeper, rows } of places.values()) {
    rows.close()
    await grantkeeper.close()
  }
}, 30_000)

const aPlace = async (environments: number): Promise<Place> => {
  const grantkeeper = await aGrantkeeper({ environments })
  const caller = await aCaller(grantkeeper)
  const provider = await aProvider(grantkeeper)
  return { grantkeeper, rows: storedRows(grantkeeper), caller, providerId: provider.id }
}

const warm = async (place: Place): Promise<void> => {
  const { id } = await aGrant(place.caller, place.providerId, 'warm')
  // A hundred calls at once for a good token start as many environments as there may be. On a busy machine some take
  // longer than Lambda gives them, and are started anew.
  for (let tries = 0; tries < 5; tries++) {
    const answers = await Promise.all(Array.from({ length: CALLERS }, () => ask(place, id)))
    if (answers.every(({ status }) => status === 201)) return
  }
  throw new Error('The environments do not start')
}

const ask = ({ caller }: Place, id: string): Promise<Answer> => caller.post(`/authorizedProviders/${id}/accessToken/`)

const stormsOf = async (place: Place, name: string, delaySeconds: number, times: number): Promise<Storm[]> => {
  const results: Storm[] = []
  for (let round = 0; round < times; round++) results.push(await aStorm(place, `${name}/${round}`, delaySeconds))
  return results
}

const aStorm = async (place: Place, account: string, delaySeconds: number): Promise<Storm> => {
  const { control } = place.grantkeeper.upstream
  const refreshes = () =>
    control.requests().filter((seen) => seen.grantType === 'refresh_token' && seen.account === account).length
  const { id } = await aGrant(place.caller, place.providerId, account)
  await place.rows.age(id)
  control.setBehaviour({ tokenDelayMs: delaySeconds * 1000 })

  const answers = await Promise.all(Array.from({ length: CALLERS }, () => ask(place, id)))
  const counted = refreshes()
  const userinfoStatus = await userinfo(place, answers[0]?.body.accessToken)
  control.setBehaviour({ tokenDelayMs: 0 })
  await place.rows.age(id)
  const next = await ask(place, id)

  const live = (await control.liveGrants()).filter((grant) => grant.account === account)
  return {
    answers,
    refreshes: counted,
    liveRefreshTokens: live.reduce((sum, { refreshTokens }) => sum + refreshTokens, 0),
    userinfoStatus,
    next,
    refreshesAfterNext: refreshes(),
  }
}

const userinfo = async ({ grantkeeper }: Place, token: string): Promise<number> => {
  const answer = await fetch(`${grantkeeper.upstream.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await answer.arrayBuffer()
  return answer.status
}

describe.each(ENVIRONMENTS)('a hundred callers over %d environments', (environments) => {
  test.each(rounds.filter((round) => round.environments === environments))(
    'make one refresh of a token that has just expired, when the provider answers after $delaySeconds s ($times times)',
    async ({ delaySeconds, times }) => {
      const results = (await storms.get(nameOf(environments, delaySeconds))) ?? []

      expect(results).toHaveLength(times)
      for (const { answers, refreshes, liveRefreshTokens, userinfoStatus, next, refreshesAfterNext } of results) {
        expect(countBy(answers.map(({ status, body }) => body?.message ?? status))).toEqual({ 201: CALLERS })
        expect(new Set(answers.map(({ body }) => body.accessToken)).size).toBe(1)
        expect({ refreshes, userinfoStatus }).toEqual({ refreshes: 1, userinfoStatus: 200 })
        // The provider's reuse detection has found nothing, so the grant lives on.
        expect(next.status).toBe(201)
        expect(next.body.accessToken).not.toBe(answers[0]?.body.accessToken)
        expect({ liveRefreshTokens, refreshesAfterNext }).toEqual({ liveRefreshTokens: 1, refreshesAfterNext: 2 })
      }
    },
    deep ? 1_800_000 : 120_000,
  )
})

const countBy = (values: readonly (number | string)[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
