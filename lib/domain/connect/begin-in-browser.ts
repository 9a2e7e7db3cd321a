import type { Caller } from '../caller.ts'
import { Problem } from '../problem.ts'
import { callbackUrl, type Provider, sharedCallbackUrl } from '../providers/provider.ts'
import type { BrowserFlow } from './flow.ts'
import { browserFlowKey } from './flow-secrets.ts'
import { hashOf, randomSecret } from './secrets.ts'
import { type StartPorts, startFlow } from './start-flow.ts'

export interface BrowserPorts extends StartPorts {
  readonly publicBaseUrl: string
}

/** A secret that one browser keeps in a cookie, for one ticket or flow. */
export interface BrowserSecret {
  /** The key of the ticket or flow. */
  readonly key: string
  readonly secret: string
}

/** Where the browser goes, and what it must bring back. */
export interface Begun {
  readonly redirectUrl: string
  readonly cookie: BrowserSecret
}

/**
 * Begins a flow that comes back to Grantkeeper itself. With `bound` only the browser that gets the cookie can go on.
 * Throws `tryAgain`.
 */
export const beginInBrowser = async (
  ports: BrowserPorts,
  caller: Caller,
  provider: Provider,
  ending: Pick<BrowserFlow, 'completion' | 'returnTo'>,
  bound: boolean,
): Promise<Begun> => {
  const state = randomSecret()
  const cookie = { key: browserFlowKey(state), secret: randomSecret() }
  const flow = {
    ...ending,
    key: cookie.key,
    redirectUri: redirectUriOf(provider, ports.publicBaseUrl),
    scopes: provider.scopes,
    ...(bound && { browser: hashOf(cookie.secret) }),
  }
  const redirectUrl = await startFlow(ports, caller, provider, flow, { state, forceConsent: !provider.skipConsent })
  // The state is random, so this is a write of our own whose answer was lost.
  if (redirectUrl === undefined) throw new Problem('tryAgain')
  return { redirectUrl, cookie }
}

/** The provider's own, which no other provider has, unless it was registered with the one of all. */
const redirectUriOf = ({ id, redirectUris }: Provider, publicBaseUrl: string): string => {
  const shared = sharedCallbackUrl(publicBaseUrl)
  return redirectUris.includes(shared) ? shared : callbackUrl(publicBaseUrl, id)
}
