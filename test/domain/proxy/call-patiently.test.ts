import { describe, expect, test } from 'vitest'
import { withDeadline } from '../../../lib/domain/deadline.ts'
import type { Problem } from '../../../lib/domain/problem.ts'
import type { ApiAnswer } from '../../../lib/domain/proxy/api.ts'
import { callPatiently } from '../../../lib/domain/proxy/call-patiently.ts'
import { UpstreamFailure } from '../../../lib/domain/upstream-failure.ts'

const target = new URL('https://api.example.com/v1/x')
const answer = (status: number, retryAfterSeconds?: number): ApiAnswer => ({
  status,
  headers: new Headers(),
  body: Buffer.of(),
  retryAfterSeconds,
})

/** What comes of a request whose tries end so, within so much time, and how often it was sent. */
const send = async (outcomes: readonly (ApiAnswer | Error)[], ms = 27_000, method = 'GET') => {
  let calls = 0
  const call = async (): Promise<ApiAnswer> => {
    const outcome = outcomes[calls++] ?? answer(200)
    if (outcome instanceof Error) throw outcome
    return outcome
  }
  const outcome = await withDeadline(ms, () => callPatiently({ call }, target, { method, headers: {} }, 'token')).then(
    ({ status }) => status,
    (error: Problem) => error.code,
  )
  return [outcome, calls]
}

describe('the last answer stands', () => {
  test.each<[string, (ApiAnswer | Error)[], number, unknown[]]>([
    ['when it is good', [answer(503), answer(404)], 27_000, [404, 2]],
    ['after three tries', [answer(503), answer(429), answer(502)], 27_000, [502, 3]],
    ['when there is no time for another try', [answer(503)], 1_200, [503, 1]],
    ['when it asks for more time than there is', [answer(429, 30)], 27_000, [429, 1]],
    [
      'when the last try has none',
      [answer(503), answer(503), new UpstreamFailure('transient')],
      27_000,
      ['upstreamUnavailable', 3],
    ],
    ['when there is none, and no time', [new UpstreamFailure('transient')], 500, ['upstreamUnavailable', 1]],
    ['when a try got through after none', [new UpstreamFailure('transient'), answer(200)], 27_000, [200, 2]],
  ])('%s', async (_, outcomes, ms, expected) => {
    expect(await send(outcomes, ms)).toEqual(expected)
  })

  test('and what is no answer of an API is thrown as it is', async () => {
    await expect(send([new TypeError('ours')])).resolves.toEqual([undefined, 1])
  })
})
