import type { PublicClient } from '../domain/ports.ts'
import type { ProviderSettings } from '../domain/providers/provider.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { call, limits, type Request } from './call.ts'
import { failureOf } from './failure.ts'
import { at, isMembers, type Members } from './members.ts'
import type { Outbound } from './outbound/outbound.ts'
import { readJson } from './read-json.ts'

const bearer = (accessToken: string) => ({
  accept: 'application/json',
  'user-agent': 'grantkeeper',
  authorization: `Bearer ${accessToken}`,
})

/** The provider's first answer about the account. Throws `UpstreamFailure`. */
export const askUserinfo = async (
  outbound: Outbound,
  { provider: { clientId, settings }, clientSecret = '' }: PublicClient,
  accessToken: string,
): Promise<Members> => {
  const { userInfoUrl = '', userInfoMethod: method, userInfoHeaders, userInfoBody, userInfoAuth } = settings
  const byClient: Partial<Request> = {
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: accessToken, client_id: clientId, client_secret: clientSecret }).toString(),
  }
  const request: Request = {
    method,
    headers: { ...userInfoHeaders, ...bearer(accessToken) },
    ...(userInfoBody !== undefined && { body: userInfoBody }),
    ...(userInfoAuth === 'client' && byClient),
  }
  const response = await call(outbound, userInfoUrl, request, limits.ordinary)
  const { userInfoFallbackUrl: fallback } = settings
  return response.status === 403 && fallback !== undefined
    ? readAccount(await call(outbound, fallback, request, limits.ordinary), settings)
    : readAccount(response, settings)
}

/** Slack: the token is none, or none any more (https://docs.slack.dev/reference/methods/auth.test). */
const refusals = new Set<unknown>(['invalid_auth', 'token_revoked', 'token_expired', 'account_inactive', 'not_authed'])

const readAccount = async (response: Response, { userInfoAuth }: ProviderSettings): Promise<Members> => {
  if (response.status !== 200) throw failureOf(response, {}, { tokenRefused: response.status === 401 })
  const text = await response.text()
  // One provider has nothing but the name to say.
  if (/^text\/plain\b/.test(response.headers.get('content-type') ?? '') && /^[^\s{]+$/.test(text)) return { text }
  const answer = readJson(text)
  if (!isMembers(answer))
    throw new UpstreamFailure('badAnswer', { reason: 'profileUnreadable', message: 'The profile is not a JSON object' })
  // Some say so when they refuse, and 200 besides (RFC 7662 section 2.2).
  const isInactive = userInfoAuth === 'client' && answer.active === false
  if (answer.ok === false || isInactive) {
    const tokenRefused = isInactive || refusals.has(answer.error)
    throw new UpstreamFailure('badAnswer', { tokenRefused, message: 'The profile is refused' })
  }
  return answer
}

/** The further answers by name. One that is refused, or does not come, is left out: the account is known without it. */
export const askMore = async (
  outbound: Outbound,
  { profileUrls = {} }: ProviderSettings,
  account: Members,
  accessToken: string,
): Promise<Members> => {
  const answers = await Promise.all(
    Object.entries(profileUrls).map(async ([name, template]) => {
      const url = template.replace(/\{(\/[^}]*)\}/g, (_, pointer) => encodeURIComponent(String(at(account, pointer))))
      return [name, await askOne(outbound, url, accessToken)] as const
    }),
  )
  return Object.fromEntries(answers.filter(([, answer]) => answer !== undefined))
}

const askOne = async (outbound: Outbound, url: string, accessToken: string): Promise<unknown> => {
  try {
    const response = await call(outbound, url, { method: 'GET', headers: bearer(accessToken) }, limits.ordinary)
    const text = await response.text()
    return response.status === 200 ? readJson(text) : undefined
  } catch (error) {
    if (error instanceof UpstreamFailure) return undefined
    throw error
  }
}
