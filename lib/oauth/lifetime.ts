import type { ProviderSettings } from '../domain/providers/settings.ts'
import { isMembers, type Members } from './members.ts'
import { readJson } from './read-json.ts'

type Format = NonNullable<ProviderSettings['expiresIn']>

/** A number as providers write it; undefined when unreadable. */
const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Seconds of a lifetime as providers write them; undefined when unreadable. */
export const readSeconds = (value: unknown): number | undefined => {
  const seconds = numberOf(value)
  return seconds === undefined ? undefined : Math.floor(seconds)
}

const fromNow = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Math.floor((milliseconds - Date.now()) / 1000)

const scaled = (value: unknown, factor: number): number | undefined => {
  const number = numberOf(value)
  return number === undefined ? undefined : number * factor
}

const dateOf = (value: unknown): number | undefined => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/** What a provider may mean by `expires_in`, in seconds from now. */
const formats: Readonly<Record<Format, (value: unknown) => number | undefined>> = {
  seconds: readSeconds,
  milliseconds: (value) => readSeconds(scaled(value, 1 / 1000)),
  epochSeconds: (value) => fromNow(scaled(value, 1000)),
  epochMilliseconds: (value) => fromNow(numberOf(value)),
  rfc3339: (value) => fromNow(dateOf(value)),
}

/** No lifetime is so many seconds, and no time that is still to come so few milliseconds. */
const SECONDS_OR_MILLISECONDS = 1e11

/** `expires_at` as seconds or milliseconds since the epoch, or as a date. */
const untilTime = (value: unknown): number | undefined => {
  const number = numberOf(value)
  if (number === undefined) return fromNow(dateOf(value))
  return fromNow(number < SECONDS_OR_MILLISECONDS ? number * 1000 : number)
}

/** The `exp` of an access token that is a JWT (RFC 9068): nobody has checked it, and it is believed of nothing else. */
const untilEnd = (token: unknown): number | undefined => {
  const [, payload, signature] = typeof token === 'string' ? token.split('.') : []
  if (payload === undefined || signature === undefined) return undefined
  const claims = readJson(Buffer.from(payload, 'base64url').toString())
  return isMembers(claims) && typeof claims.exp === 'number' ? fromNow(claims.exp * 1000) : undefined
}

/**
 * How many seconds an access token lives, by the first that says so: `expires_in`, in whatever form the provider is known
 * to write it, `expires_at`, the end of a token that is a JWT. 0 where the answer has only said that it is over, undefined
 * where it says nothing.
 */
export const lifetimeOf = (
  { expires_in: expiresIn, expires_at: expiresAt, access_token: token }: Members,
  format: Format = 'seconds',
): number | undefined => {
  const said = [formats[format](expiresIn), untilTime(expiresAt), untilEnd(token)].filter((it) => it !== undefined)
  return said.find((seconds) => seconds > 0) ?? (said.length > 0 ? 0 : undefined)
}
