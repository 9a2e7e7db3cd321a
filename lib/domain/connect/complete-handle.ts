import type { Caller } from '../caller.ts'
import type { GrantAndProvider } from '../ports.ts'
import { Problem } from '../problem.ts'
import { finishCode, whyOver } from './complete.ts'
import { isBrowserFlow } from './flow.ts'
import { openReturnedCode } from './flow-secrets.ts'
import type { KeepPorts } from './keep-grant.ts'
import { refusing, type Whose } from './refusing.ts'
import { isSecret } from './secrets.ts'

/**
 * Finishes a flow by the handle that the browser brought to the application, under the token of the user who began it.
 * The handle names its flow and ends with it. Every check precedes the token request.
 * Throws `handleRefused`, `providerNotActive`, `stateRefused`, `codeRefused`, `sharedConnection`, `upstreamUnavailable`,
 * `upstreamAnswer`.
 */
export const completeHandle = async (ports: KeepPorts, caller: Caller, handle: string): Promise<GrantAndProvider> => {
  const whose: Whose = { ...caller }
  return refusing(ports, whose, async () => {
    const [key = '', secret = ''] = handle.split('.')
    const flow = await ports.flows.get(key)
    const mine =
      isBrowserFlow(flow) &&
      flow.orgId === caller.orgId &&
      flow.userId === caller.userId &&
      isSecret(secret, flow.handle)
    // Of somebody else's flow nothing is on record here.
    if (!mine) throw new Problem('handleRefused')
    whose.providerId = flow.providerId
    const provider = await ports.providers.get(flow.orgId, flow.providerId)
    const code = await openReturnedCode(ports.vault, flow)
    const over = whyOver(flow, provider)
    if (!provider || over || code === undefined) throw new Problem('handleRefused', { reason: over })
    return finishCode(ports, provider, flow, code)
  })
}
