import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { lifetimeOf } from '../../lib/oauth/lifetime.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const SECONDS = NOW / 1000
beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
})
afterEach(() => {
  vi.useRealTimers()
})

const jwt = (claims: unknown) =>
  ['{"alg":"none"}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.')

describe('how long an access token lives is told by', () => {
  test.each<[string, Record<string, unknown>, number | undefined, ProviderSettings['expiresIn']?]>([
    ['its seconds', { expires_in: 3600 }, 3600],
    ['its seconds as text', { expires_in: '3600' }, 3600],
    ['its seconds, before anything else', { expires_in: 60, expires_at: SECONDS + 99, access_token: jwt({}) }, 60],
    ['milliseconds, of a provider known to write so', { expires_in: 3_600_000 }, 3600, 'milliseconds'],
    ['a time in seconds, of such a provider', { expires_in: SECONDS + 60 }, 60, 'epochSeconds'],
    ['a time in milliseconds, of such a provider', { expires_in: NOW + 60_000 }, 60, 'epochMilliseconds'],
    ['a date, of such a provider', { expires_in: '2026-11-21T13:00:00Z' }, 3600, 'rfc3339'],
    ['the time of its end in seconds', { expires_at: SECONDS + 60 }, 60],
    ['the time of its end in seconds, as text', { expires_at: String(SECONDS + 60) }, 60],
    ['the time of its end in milliseconds', { expires_at: NOW + 60_000 }, 60],
    ['the date of its end', { expires_at: '2026-11-21T12:01:00.000Z' }, 60],
    ['its own end, where it is a JWT', { access_token: jwt({ exp: SECONDS + 60 }) }, 60],
    ['its own end, where the answer says 0', { expires_in: 0, access_token: jwt({ exp: SECONDS + 60 }) }, 60],
    ['the time of its end, where a number of seconds cannot be read', { expires_in: 'x', expires_at: SECONDS + 9 }, 9],
    ['0: it is over', { expires_in: 0 }, 0],
    ['less than 0: it is over', { expires_in: -1 }, 0],
    ['an end that is past: it is over', { expires_at: SECONDS - 60 }, 0],
    ['nothing', {}, undefined],
    ['nothing, by null', { expires_in: null, expires_at: null }, undefined],
    ['nothing, by words', { expires_in: 'soon', expires_at: 'never' }, undefined],
    ['nothing, where a token only looks like a JWT', { access_token: 'a.b.c' }, undefined],
    ['nothing, where its end is no number', { access_token: jwt({ exp: 'x' }) }, undefined],
    ['nothing, where it is a list', { access_token: jwt([1]) }, undefined],
  ])('%s', (_, answer, seconds, format) => {
    expect(lifetimeOf(answer, format)).toBe(seconds)
  })
})
