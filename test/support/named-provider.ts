import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import type { ClientRegistration } from '../../lib/local/stand-in/control.ts'
import type { PlayedProvider } from '../../lib/local/stand-in/played-provider.ts'
import { type Answer, anAdmin, type Caller, type Json } from './grantkeeper.ts'

/** Which provider is played, and with what client. */
export interface Played {
  readonly plays: PlayedProvider
  readonly metadata?: Record<string, string>
  /** What the client is at the provider, besides its id, secret and redirect URI. */
  readonly client?: Partial<ClientRegistration>
  /** Fields of the provider's registration with Grantkeeper. */
  readonly fields?: Record<string, unknown>
}

let count = 0

/** Registers a provider of the type `test` with Grantkeeper, and a client of its own with the stand-in. */
export const aNamedProvider = async (
  grantkeeper: LocalGrantkeeper,
  { plays, metadata, client, fields }: Played,
  who: Parameters<typeof anAdmin>[1] = {},
): Promise<Json> => {
  const admin = await anAdmin(grantkeeper, who)
  const credentials = { clientId: `client-${plays}-${++count}`, clientSecret: `the secret of ${plays}` }
  const answer = await admin.post('/providers/', {
    type: 'test',
    name: `The ${plays} of the house`,
    ...credentials,
    metadata: { plays, ...metadata },
    ...fields,
  })
  if (answer.status !== 201) throw new Error(`The provider was not registered: ${answer.status} ${answer.text}`)
  grantkeeper.standIn.control.registerClient({
    provider: plays,
    ...credentials,
    redirectUris: [answer.body.callbackUrl, ...answer.body.redirectUris],
    ...client,
  })
  return answer.body
}

/** Connects an account of a named provider, by default the one whom the stand-in's pages belong to. */
export const connectNamed = async (caller: Caller, providerId: string, account = '', query = ''): Promise<Answer> =>
  caller.post('/providers/callback/', await consentTo(caller, providerId, account, query))

/** Begins a flow and consents; answers the body for the callback. */
export const consentTo = async (caller: Caller, providerId: string, account = '', query = ''): Promise<Json> => {
  const started = await caller.post(`/providers/${providerId}/authorize/${query}`)
  if (started.status !== 200) throw new Error(`The flow did not begin: ${started.status} ${started.text}`)
  const redirect = await consent(started.body.redirectUrl, { account })
  const parameters = Object.fromEntries(redirect.searchParams)
  return { ...parameters, providerId }
}
