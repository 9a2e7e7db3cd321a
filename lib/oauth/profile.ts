import type { Profile, TokenSet } from '../domain/ports.ts'
import type { Provider } from '../domain/providers/provider.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { call, limits } from './call.ts'
import { failureOf } from './failure.ts'
import type { Outbound } from './outbound/outbound.ts'
import { readJson } from './read-json.ts'

type Fields = Exclude<keyof Profile, 'raw'>

/** Where OpenID Connect Core section 5.1 has them; a provider's `fieldMap` replaces single ones. */
const standardFields: Readonly<Record<Fields, readonly string[]>> = {
  sub: ['/sub'],
  name: ['/name'],
  givenName: ['/given_name'],
  familyName: ['/family_name'],
  nickName: ['/nickname', '/preferred_username'],
  email: ['/email'],
  picture: ['/picture'],
  locale: ['/locale'],
  description: [],
}

/**
 * The profile of the account that a token belongs to: from the provider's userinfo endpoint, or, where it has none, from
 * the token answer. `sub` is empty only for a provider that says nowhere who the account is. Throws `UpstreamFailure`.
 */
export const profile = async (
  outbound: Outbound,
  { settings }: Provider,
  { accessToken, extra }: Pick<TokenSet, 'accessToken' | 'extra'>,
): Promise<Profile> => {
  const answer =
    settings.userInfoUrl === undefined
      ? extra
      : await askUserinfo(outbound, settings.userInfoUrl, settings, accessToken)
  const raw = withoutTokens(answer, accessToken) as Record<string, unknown>
  const field = (name: Fields): string | undefined => {
    const pointer = settings.fieldMap?.[name]
    for (const path of pointer === undefined ? standardFields[name] : [pointer]) {
      const value = at(raw, path)
      if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value)
    }
    return undefined
  }
  const sub = field('sub')
  if (sub === undefined && settings.userInfoUrl !== undefined) {
    throw new UpstreamFailure('badAnswer', { message: 'The profile does not say which account it is of' })
  }
  const optional = (['name', 'givenName', 'familyName', 'nickName', 'picture', 'locale', 'description'] as const).map(
    (name) => [name, field(name)] as const,
  )
  return {
    sub: sub ?? '',
    email: field('email') ?? '',
    ...Object.fromEntries(optional.filter(([, value]) => value !== undefined)),
    raw,
  }
}

const askUserinfo = async (
  outbound: Outbound,
  url: string,
  { userInfoMethod, userInfoHeaders }: Provider['settings'],
  accessToken: string,
): Promise<Record<string, unknown>> => {
  const headers = {
    accept: 'application/json',
    'user-agent': 'grantkeeper',
    ...userInfoHeaders,
    authorization: `Bearer ${accessToken}`,
  }
  const response = await call(outbound, url, { method: userInfoMethod, headers }, limits.ordinary)
  if (response.status !== 200) throw failureOf(response.status, response.headers, undefined)
  const answer = readJson(await response.text())
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new UpstreamFailure('badAnswer', { message: 'The profile is not a JSON object' })
  }
  return answer as Record<string, unknown>
}

/** RFC 6901. */
const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (current, part) =>
        typeof current === 'object' && current !== null && Object.hasOwn(current, part)
          ? (current as Record<string, unknown>)[part]
          : undefined,
      value,
    )

const secretNames = /^((access|refresh|id)[_-]?token|client[_-]?secret|token|authorization)$/i
/** No profile is nested so deep, and what is much deeper would be more than the stack holds. */
const MOST_DEPTH = 100

/** The answer without any member that is a token, or holds the one we sent. */
const withoutTokens = (value: unknown, accessToken: string, depth = 0): unknown => {
  if (depth > MOST_DEPTH) throw new UpstreamFailure('badAnswer', { message: 'The profile is nested too deep' })
  if (Array.isArray(value)) return value.map((item) => withoutTokens(item, accessToken, depth + 1))
  if (typeof value === 'string') return value.includes(accessToken) ? '[removed]' : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !secretNames.test(name))
      .map(([name, member]) => [name, withoutTokens(member, accessToken, depth + 1)]),
  )
}
