import type { Caller } from '../caller.ts'
import type { ProviderStore } from '../ports.ts'
import { findProvider } from '../providers/find.ts'
import { type Begun, type BrowserPorts, beginInBrowser } from './begin-in-browser.ts'
import { chooseEnding } from './issue-ticket.ts'
import { requireConnectable } from './start-flow.ts'

/**
 * Begins a flow for a caller with a token. With `returnTo` the application finishes it; without, the browser that gets
 * the cookie, if the answer reaches one.
 * Throws `providerNotFound`, `providerNotActive`, `sharedConnection`, `invalidRequest` (`returnTo`).
 */
export const initiate = async (
  ports: BrowserPorts & { readonly providers: ProviderStore },
  caller: Caller,
  idOrSlug: string,
  returnTo: string | undefined,
): Promise<Begun & { bound: boolean }> => {
  const provider = await findProvider(ports.providers, caller.orgId, idOrSlug)
  const ending = chooseEnding(provider, { returnTo })
  await requireConnectable(ports, caller, provider)
  const bound = ending.completion === 'page'
  return { ...(await beginInBrowser(ports, caller, provider, ending, bound)), bound }
}
