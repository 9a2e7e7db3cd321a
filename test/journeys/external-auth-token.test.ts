import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aCaller, aGrantkeeper, type Caller } from '../support/grantkeeper.ts'
import { rawRequest } from '../support/raw-request.ts'

const base = '/api/v2/external-auth'
let grantkeeper: LocalGrantkeeper
let caller: Caller
let other: string
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  caller = await aCaller(grantkeeper)
  other = (await aCaller(grantkeeper, { user: 'linus' })).token
})
afterAll(() => grantkeeper.close())

describe('the token', () => {
  const statusOf = async (headers: string[], path = base) =>
    (await rawRequest(grantkeeper.url, 'GET', path, headers)).status

  test.each<[string, () => string[], number]>([
    ['in Coder-Session-Token', () => ['Coder-Session-Token', caller.token], 200],
    ['in coder-session-token', () => ['coder-session-token', caller.token], 200],
    ['in Authorization', () => ['Authorization', `Bearer ${caller.token}`], 200],
    ['in both, the same', () => ['Coder-Session-Token', caller.token, 'Authorization', `Bearer ${caller.token}`], 200],
    [
      'in both, two that are good',
      () => ['Coder-Session-Token', other, 'Authorization', `Bearer ${caller.token}`],
      401,
    ],
    ['in both, one that is none', () => ['Coder-Session-Token', 'x', 'Authorization', `Bearer ${caller.token}`], 401],
    ['twice in its header', () => ['Coder-Session-Token', caller.token, 'Coder-Session-Token', caller.token], 401],
    ['in no header', () => [], 401],
    ['in a cookie', () => ['Cookie', `coder_session_token=${caller.token}`], 401],
  ])('%s: %#', async (_, headers, status) => {
    expect(await statusOf(headers())).toBe(status)
    expect(await statusOf(headers(), `${base}/`)).toBe(status)
  })

  test('of another user is judged anew for every request', async () => {
    const first = await statusOf(['Coder-Session-Token', caller.token])
    const second = await statusOf(['Coder-Session-Token', 'nonsense'])
    const third = await statusOf(['Coder-Session-Token', other])

    expect([first, second, third]).toEqual([200, 401, 200])
  })

  test('in Coder-Session-Token opens no other surface', async () => {
    expect(await statusOf(['Coder-Session-Token', caller.token], '/api/v2/externalOAuth/providers/')).toBe(401)
  })

  test('that is missing is answered by a body that fits this surface, too', async () => {
    const { text, headers } = await rawRequest(grantkeeper.url, 'GET', base, [])

    expect(JSON.parse(text)).toEqual({ message: 'Unauthorized', errorFields: [], detail: 'Unauthorized' })
    expect(headers['www-authenticate']).toBe('Bearer')
  })
})
