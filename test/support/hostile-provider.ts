import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aProvider, type Caller, type Json } from './grantkeeper.ts'
import type { HostileUpstream } from './hostile-upstream.ts'

/** Registers a hostile upstream as a plain OAuth 2.0 provider that rotates; answers the provider. */
export const aHostileProvider = (
  grantkeeper: LocalGrantkeeper,
  { endpoints }: HostileUpstream,
  overrides: Record<string, unknown> = {},
): Promise<Json> =>
  aProvider(grantkeeper, {
    type: 'oauth2',
    name: 'Hostile',
    issuer: undefined,
    clientId: 'client',
    clientSecret: 'secret',
    authorizationUrl: endpoints.authorization,
    tokenUrl: endpoints.token,
    userInfoUrl: endpoints.userinfo,
    revocationUri: endpoints.revocation,
    scopes: ['profile'],
    ...overrides,
  })

/** Begins a flow, in which the hostile upstream consents at once; answers the body for the callback. */
export const aHostileRedirect = async (caller: Caller, providerId: string, account: string): Promise<Json> => {
  const started = await caller.post(`/providers/${providerId}/authorize/`)
  if (started.status !== 200) throw new Error(`The flow did not begin: ${started.status} ${started.text}`)
  const answer = await fetch(`${started.body.redirectUrl}&login_hint=${encodeURIComponent(account)}`, {
    redirect: 'manual',
  })
  const { searchParams } = new URL(answer.headers.get('location') ?? '')
  return { providerId, state: searchParams.get('state'), code: searchParams.get('code') }
}

/** Connects an account of the hostile upstream; answers the grant. */
export const aHostileGrant = async (caller: Caller, providerId: string, account: string): Promise<Json> => {
  const answer = await caller.post('/providers/callback/', await aHostileRedirect(caller, providerId, account))
  if (answer.status !== 200) throw new Error(`The account was not connected: ${answer.status} ${answer.text}`)
  return answer.body.authorizedProvider
}
