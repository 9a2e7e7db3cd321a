import { randomBytes } from 'node:crypto'
import type { Caller } from '../caller.ts'
import { FLOW_SECONDS } from '../connect/flow.ts'
import { deviceKey, sealDeviceCode } from '../connect/flow-secrets.ts'
import { refuseTaken } from '../connect/refuse-taken.ts'
import type { Audit, DeviceAuthorization, FlowStore, GrantStore, OAuth, ProviderStore, Vault } from '../ports.ts'
import { Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import { statusReason } from '../providers/provider.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { upstreamProblem } from '../upstream-problem.ts'
import { findDeviceProvider } from './find.ts'

export interface StartDevicePorts {
  readonly providers: ProviderStore
  readonly grants: Pick<GrantStore, 'findMember'>
  readonly flows: Pick<FlowStore, 'create'>
  readonly vault: Vault
  readonly oauth: Pick<OAuth, 'startDevice'>
  readonly audit: Audit
}

/** What a device is told: all that the provider says, but a handle of ours in the place of its device code. */
export interface StartedDevice extends Omit<DeviceAuthorization, 'deviceCode'> {
  readonly handle: string
  readonly expiresInSeconds: number
  readonly intervalSeconds: number
}

/** What holds where the provider does not say (RFC 8628 section 3.2), and the longest that a handle is kept. */
const INTERVAL_SECONDS = 5
const MOST_SECONDS = 3600

/**
 * Begins to connect an account by the device flow. What the caller polls with is a handle of ours, bound to it and to the
 * provider; the provider's own device code stays sealed. Throws `providerNotFound`, `deviceUnsupported`,
 * `providerNotActive`, `sharedConnection`, `upstreamUnavailable`, `upstreamAnswer`.
 */
export const startDevice = async (
  ports: StartDevicePorts,
  caller: Caller,
  idOrSlug: string,
): Promise<StartedDevice> => {
  const provider = await findDeviceProvider(ports.providers, caller.orgId, idOrSlug)
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')
  await refuseTaken(ports.grants, provider, caller)
  const asked = await ports.oauth.startDevice(await openClient(ports, provider), provider.scopes).catch(refuse)

  const handle = randomBytes(32).toString('base64url')
  const owner = { key: deviceKey(caller.orgId, handle), orgId: caller.orgId, userId: caller.userId }
  const expiresInSeconds = Math.min(Math.max(asked.expiresInSeconds ?? FLOW_SECONDS, 0), MOST_SECONDS)
  const intervalSeconds = Math.max(asked.intervalSeconds ?? INTERVAL_SECONDS, 1)
  const now = Date.now()
  const flow = {
    ...owner,
    providerId: provider.id,
    clientId: provider.clientId,
    scopes: provider.scopes,
    secrets: await sealDeviceCode(ports.vault, owner, asked.deviceCode),
    expiresAt: now + expiresInSeconds * 1000,
    intervalSeconds,
    nextPollAt: now,
  }
  ports.audit.record({ action: 'connect.started', ...caller, providerId: provider.id })
  if (!(await ports.flows.create(flow))) throw new Problem('tryAgain')
  const { deviceCode: _, ...shown } = asked
  return { ...shown, handle, expiresInSeconds, intervalSeconds }
}

const refuse = (error: unknown): DeviceAuthorization => {
  const unsupported = error instanceof UpstreamFailure && error.failure === 'unsupported'
  throw unsupported ? new Problem('deviceUnsupported', { cause: error }) : upstreamProblem(error)
}
