import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { isMembers } from './members.ts'

const secretNames = /^((access|refresh|id)[_-]?token|client[_-]?secret|token|authorization)$/i
/** No profile is nested so deep, and what is much deeper would be more than the stack holds. */
const MOST_DEPTH = 100

/**
 * An answer of a provider without any member that is a token, or holds the one we sent. Throws `UpstreamFailure` for one
 * that is nested too deep.
 */
export const withoutTokens = (value: unknown, accessToken: string, depth = 0): unknown => {
  if (depth > MOST_DEPTH) throw new UpstreamFailure('badAnswer', { message: 'The profile is nested too deep' })
  if (Array.isArray(value)) return value.map((item) => withoutTokens(item, accessToken, depth + 1))
  if (typeof value === 'string') return value.includes(accessToken) ? '[removed]' : value
  if (!isMembers(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !secretNames.test(name))
      .map(([name, member]) => [name, withoutTokens(member, accessToken, depth + 1)]),
  )
}
