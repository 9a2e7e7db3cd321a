import { pause, remainingMs } from '../deadline.ts'
import type { GrantAndProvider } from '../ports.ts'
import { Problem } from '../problem.ts'
import { statusReason } from '../providers/provider.ts'
import { canRefresh, type Grant, grantStatus, isGoodEnough, isUnexpired } from './grant.ts'
import { type RefreshPorts, refresh, takeLease } from './refresh.ts'

/** While a client is rejected, one caller in this time may try whether it is accepted again. */
export const CLIENT_RETRY_MS = 5 * 60_000

/** So seldom a token that its API has refused is refreshed before its time: the API may refuse whatever it is sent. */
const REFUSED_MS = 60_000

/** What the caller wants beyond a token that is good enough for everybody. */
export interface Wanted {
  readonly minimumSeconds?: number | undefined
  /** The version of a token that its API has refused: another is wanted, if one can be had. */
  readonly refusedVersion?: number
}

/** How long a poll for somebody else's refresh waits: short at first, then longer, with jitter so that callers spread. */
const pollMs = (polls: number): number => Math.min(50 * 2 ** polls, 800) * (0.75 + Math.random() / 2)

/**
 * The one function that serves a token, whoever asks for it and on whatever path.
 * Answers the grant with an access token that is good for at least min(60 s, a quarter of its life), or for
 * `minimumSeconds` up to half its life; refreshes it when needed, so that of any number of callers one asks the provider.
 * A refused token is answered again where there is no other to be had.
 * Throws `providerUnusable`, `clientUnusable`, `grantExpired`, `backingOff`, `tryAgain`, `upstreamUnavailable`,
 * `upstreamAnswer`.
 */
export const serveToken = async (
  ports: RefreshPorts,
  found: GrantAndProvider,
  { minimumSeconds = 0, refusedVersion }: Wanted = {},
): Promise<GrantAndProvider> => {
  let { grant, provider } = found
  const arrival = grant
  // A refresh that was under way on arrival may give a token that is too old by now; one begun later is taken as it is.
  const enough = arrival.tokenVersion + (isLeased(arrival) ? 2 : 1)

  for (let polls = 0; ; polls++) {
    const trial = await checkStatus(ports, { grant, provider })
    const isGood = isGoodEnough(grant, minimumSeconds) && !trial
    if (isGood && grant.tokenVersion !== refusedVersion) return { grant, provider }
    if (grant.generation !== arrival.generation || grant.tokenVersion >= enough) return { grant, provider }

    const waitUntil = Math.max(grant.retryAt ?? 0, provider.retryAt ?? 0)
    if (!canRefresh(grant) || waitUntil > Date.now()) {
      if (trial) throw new Problem('clientUnusable')
      return serveOldToken({ grant, provider }, waitUntil)
    }

    if (!isLeased(grant)) {
      if (isGood && (grant.refusedAt ?? 0) + REFUSED_MS > Date.now()) return { grant, provider }
      const served = await tryRefresh(ports, { grant, provider }, isGood)
      if (served) return served
    }

    const wait = pollMs(polls)
    if (remainingMs() <= wait) return serveOldToken({ grant, provider }, 0)
    await pause(wait)
    const again = await ports.grants.getWithProvider(grant.orgId, grant.id)
    if (!again) throw new Problem('grantNotFound')
    ;({ grant, provider } = again)
  }
}

const isLeased = ({ leaseUntil = 0 }: Grant): boolean => leaseUntil > Date.now()

/** Throws what the status forbids. True when this caller may try a rejected client. */
const checkStatus = async ({ providers }: RefreshPorts, { grant, provider }: GrantAndProvider): Promise<boolean> => {
  const status = grantStatus(grant, provider)
  if (status === 'active') return false
  if (status === 'expired') throw new Problem('grantExpired')
  if (status === 'invalidProviderState') throw new Problem('providerUnusable')
  const mayTry =
    statusReason(provider) === 'invalidClient' &&
    canRefresh(grant) &&
    grant.deadReason === undefined &&
    provider.clientId === grant.clientId &&
    (await providers.takeClientRetry(provider, CLIENT_RETRY_MS))
  if (!mayTry) throw new Problem('clientUnusable')
  return true
}

/** Refreshes, unless somebody else was first. Where that fails for now, the old token is served as long as it lives. */
const tryRefresh = async (
  ports: RefreshPorts,
  found: GrantAndProvider,
  refused: boolean,
): Promise<GrantAndProvider | undefined> => {
  try {
    const lease = await takeLease(ports, found.grant, refused)
    return lease && (await refresh(ports, lease, found.provider))
  } catch (error) {
    const final = error instanceof Problem && error.status < 500
    if (!final && isUnexpired(found.grant) && statusReason(found.provider) === 'ok') return found
    throw error
  }
}

/** The old token while it lives; else the time to come back, or the end. */
const serveOldToken = (found: GrantAndProvider, waitUntil: number): GrantAndProvider => {
  if (isUnexpired(found.grant)) return found
  if (!canRefresh(found.grant)) throw new Problem('grantExpired')
  const waitMs = waitUntil - Date.now()
  throw waitMs > 0
    ? new Problem('backingOff', { retryAfterSeconds: Math.ceil(waitMs / 1000) })
    : new Problem('tryAgain')
}
