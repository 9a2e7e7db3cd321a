import type { Caller } from '../caller.ts'
import { finishFlow, refuseClient } from '../connect/finish-flow.ts'
import type { DeviceFlow, FlowEnd } from '../connect/flow.ts'
import { deviceKey, openDeviceCode } from '../connect/flow-secrets.ts'
import type { KeepPorts } from '../connect/keep-grant.ts'
import { ending, refusing, type Whose } from '../connect/refusing.ts'
import type { Claimed, Client, TokenSet } from '../ports.ts'
import { Problem } from '../problem.ts'
import { type Provider, statusReason } from '../providers/provider.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { findDeviceProvider } from './find.ts'

/** RFC 8628 section 3.5: so much longer the interval is from then on. */
const SLOWER_SECONDS = 5

/**
 * One poll of a device flow; returns once the account is connected, and again until the handle expires. Polls inside the
 * interval, and any number at once, make one request to the provider: the others are told to wait.
 * Throws `authorizationPending`, `slowDown`, `expiredToken`, `accessDenied`; `providerNotFound`, `deviceUnsupported`,
 * `deviceNotFound`, `providerNotActive`, `sharedConnection`, `upstreamUnavailable`, `upstreamAnswer`.
 */
export const completeDevice = async (
  ports: KeepPorts,
  caller: Caller,
  idOrSlug: string,
  handle: string,
): Promise<void> => {
  const whose: Whose = { ...caller }
  return refusing(ports, whose, async () => {
    const provider = await findDeviceProvider(ports.providers, caller.orgId, idOrSlug)
    whose.providerId = provider.id
    return pollOnce(ports, caller, provider, handle)
  })
}

const pollOnce = async (ports: KeepPorts, caller: Caller, provider: Provider, handle: string): Promise<void> => {
  const { flow, end } = await ports.flows.getDevice(deviceKey(caller.orgId, handle))
  const found = end ?? flow
  if (!found || !isOf(found, caller, provider)) throw new Problem('deviceNotFound')
  if (found.expiresAt <= Date.now()) throw new Problem('expiredToken')
  if (end?.outcome === 'done') return
  if (end) throw new Problem(end.outcome)
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')
  // Others may have been quicker; what became of it the next poll will tell.
  if (!flow || flow.nextPollAt > Date.now() || !(await poll(ports, provider, flow))) {
    throw new Problem('authorizationPending')
  }
}

const isOf = ({ orgId, userId, providerId }: DeviceFlow | FlowEnd, caller: Caller, provider: Provider): boolean =>
  orgId === caller.orgId && userId === caller.userId && providerId === provider.id

/** False when somebody else polls, or has ended the flow meanwhile. */
const poll = async (ports: KeepPorts, provider: Provider, flow: DeviceFlow): Promise<boolean> => {
  const deviceCode = await openDeviceCode(ports.vault, flow)
  try {
    const finished = await finishFlow(ports, provider, flow, deviceCode, (client, claimed) =>
      ask(ports, client, claimed, deviceCode),
    )
    return finished !== undefined
  } catch (error) {
    if (error instanceof Problem && error.code === 'stateRefused') return false
    throw error
  }
}

const ask = async (
  ports: KeepPorts,
  client: Client,
  flow: Claimed<DeviceFlow>,
  deviceCode: string,
): Promise<TokenSet> => {
  try {
    return await ports.oauth.exchangeDeviceCode(client, deviceCode)
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    const slower = error.error === 'slow_down'
    const intervalSeconds = slower
      ? Math.max(flow.intervalSeconds + SLOWER_SECONDS, error.intervalSeconds ?? 0)
      : flow.intervalSeconds
    if (error.failure === 'grantDead') {
      const outcome = error.error === 'access_denied' ? 'accessDenied' : 'expiredToken'
      const problem = new Problem(outcome, { cause: error })
      throw ending(problem, () => ports.flows.end(flow, flow.claimId, outcome).catch(() => letGo(ports, flow)))
    }
    // Only an answer that was lost may have been tokens; after any other there is nothing to look after.
    if (!error.outcomeUnknown) {
      const nextPollAt = Date.now() + intervalSeconds * 1000
      await ports.flows.wait(flow, flow.claimId, { intervalSeconds, nextPollAt }).catch(() => letGo(ports, flow))
    }
    if (error.failure === 'pending') throw new Problem(slower ? 'slowDown' : 'authorizationPending', { cause: error })
    if (error.failure === 'unsupported') throw new Problem('deviceUnsupported', { cause: error })
    if (error.failure !== 'clientRejected') throw error
    // Without a secret in the request its refusal says nothing about the secret.
    if (client.provider.settings.deviceAuth === 'none') throw new Problem('deviceUnsupported', { cause: error })
    return refuseClient(ports, client, error)
  }
}

/** What the provider said is the answer though it could not be noted: the next poll asks again. */
const letGo = ({ flows }: KeepPorts, flow: Claimed<DeviceFlow>): Promise<void> =>
  flows.release(flow, flow.claimId).catch(() => undefined)
