import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { type Answer, anAdmin, type Caller, type Json } from './grantkeeper.ts'
import type { HostileUpstream } from './hostile-upstream.ts'

/** Asks for the authorization URL; `query` as the caller would send it. */
export const begin = (
  caller: Caller,
  providerId: string,
  query: Record<string, string> | [string, string][] = {},
): Promise<Answer> => caller.post(`/providers/${providerId}/authorize/?${new URLSearchParams(query)}`)

/** The body of the callback for what a redirect brought. */
export const callbackOf = (providerId: string, { searchParams }: URL): Json =>
  Object.fromEntries([['providerId', providerId], ...searchParams])

export const finish = (caller: Caller, body: unknown): Promise<Answer> => caller.post('/providers/callback/', body)

/** What the hostile upstream, which asks nobody, answers to an authorization request. */
export const redirectFrom = async (authorizationUrl: string): Promise<URL> => {
  const answer = await fetch(authorizationUrl, { redirect: 'manual' })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`The upstream did not redirect: ${answer.status} ${await answer.text()}`)
  return new URL(location)
}

/** A provider of type `oauth2` on the hostile upstream, with the knobs of `overrides`; undefined takes a field away. */
export const aPlainProvider = async (
  grantkeeper: LocalGrantkeeper,
  { endpoints }: HostileUpstream,
  overrides: Record<string, unknown> = {},
  who: Parameters<typeof anAdmin>[1] = {},
): Promise<Json> => {
  const admin = await anAdmin(grantkeeper, who)
  const answer = await admin.post('/providers/', {
    type: 'oauth2',
    name: 'Plain',
    clientId: 'plain',
    clientSecret: 'plain-secret',
    authorizationUrl: endpoints.authorization,
    tokenUrl: endpoints.token,
    userInfoUrl: endpoints.userinfo,
    revocationUri: endpoints.revocation,
    revocationScope: 'token',
    ...overrides,
  })
  if (answer.status !== 201) throw new Error(`The provider was not registered: ${answer.status} ${answer.text}`)
  return answer.body
}
