import type { Caller } from '../caller.ts'
import type { GrantAndProvider } from '../ports.ts'
import { Problem } from '../problem.ts'
import { finishCode, isLive } from './complete.ts'
import { isBrowserFlow } from './flow.ts'
import { openReturnedCode } from './flow-secrets.ts'
import type { KeepPorts } from './keep-grant.ts'
import { isSecret } from './secrets.ts'

/**
 * Finishes a flow by the handle that the browser brought to the application, under the token of the user who began it.
 * The handle names its flow and ends with it. Every check precedes the token request.
 * Throws `handleRefused`, `providerNotActive`, `stateRefused`, `codeRefused`, `sharedConnection`, `upstreamUnavailable`,
 * `upstreamAnswer`.
 */
export const completeHandle = async (ports: KeepPorts, caller: Caller, handle: string): Promise<GrantAndProvider> => {
  const [key = '', secret = ''] = handle.split('.')
  const flow = await ports.flows.get(key)
  const mine =
    isBrowserFlow(flow) && flow.orgId === caller.orgId && flow.userId === caller.userId && isSecret(secret, flow.handle)
  const provider = mine ? await ports.providers.get(flow.orgId, flow.providerId) : undefined
  const code = mine ? await openReturnedCode(ports.vault, flow) : undefined
  if (!mine || !provider || !isLive(flow, provider) || code === undefined) {
    // Of somebody else's flow nothing is on record here.
    const providerId = mine ? flow.providerId : undefined
    ports.audit.record({ action: 'connect.refused', ...caller, providerId, reason: 'handleRefused' })
    throw new Problem('handleRefused')
  }
  return finishCode(ports, provider, flow, code)
}
