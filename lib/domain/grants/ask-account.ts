import { pause, remainingMs } from '../deadline.ts'
import type { GrantAndProvider, Profile } from '../ports.ts'
import { Problem } from '../problem.ts'
import { noted, UpstreamFailure } from '../upstream-failure.ts'
import { askProfile } from './ask-profile.ts'
import { canRefresh, type Grant } from './grant.ts'
import type { RefreshPorts } from './refresh.ts'
import { serveToken } from './serve-token.ts'

/** Who the account is; or that the provider refuses the token, and no other could be had that it takes. */
export type Asked =
  | { readonly served: GrantAndProvider; readonly profile: Profile }
  | { readonly served: GrantAndProvider; readonly refusal: UpstreamFailure }

/** So far apart a token must be refused twice before a grant ends by it. */
const APART_MS = 1_000

/**
 * Asks the provider who the account of a grant is. A token that it refuses is exchanged for another, once, as it is for
 * whoever meets the refusal. A grant with nothing to refresh with, whose token is refused twice a second apart, ends.
 * Throws what `serveToken` throws, and `UpstreamFailure` of anything but a refusal of the token.
 */
export const askWhose = async (ports: RefreshPorts, found: GrantAndProvider): Promise<Asked> => {
  const first = await askWith(ports, await serveToken(ports, found))
  if ('profile' in first) return first
  const { grant } = first.served
  const served = await serveToken(ports, first.served, { refusedVersion: grant.tokenVersion })
  if (served.grant.tokenVersion !== grant.tokenVersion) return askWith(ports, served)
  return canRefresh(grant) ? first : askAgain(ports, first)
}

/** The profile of the account. Throws `tokenRefused`, `backingOff`, and what `askWhose` throws. */
export const askAccount = async (
  ports: RefreshPorts,
  found: GrantAndProvider,
): Promise<GrantAndProvider & { profile: Profile }> => {
  const asked = await askWhose(ports, found)
  if ('profile' in asked) return { ...asked.served, profile: asked.profile }
  const { grant, provider } = asked.served
  const current = await ports.grants.getWithProvider(grant.orgId, grant.id)
  const waitMs = Math.max(current?.grant.retryAt ?? 0, current?.provider.retryAt ?? provider.retryAt ?? 0) - Date.now()
  // There may be another token, and nobody could ask for it yet.
  if (canRefresh(grant) && waitMs > 0) throw new Problem('backingOff', { retryAfterSeconds: Math.ceil(waitMs / 1000) })
  throw new Problem('tokenRefused', { cause: asked.refusal })
}

const askWith = async (ports: RefreshPorts, served: GrantAndProvider): Promise<Asked> => {
  try {
    return { served, profile: await askProfile(ports, served) }
  } catch (error) {
    if (error instanceof UpstreamFailure && error.tokenRefused) return { served, refusal: error }
    throw error
  }
}

const askAgain = async (ports: RefreshPorts, first: Extract<Asked, { refusal: unknown }>): Promise<Asked> => {
  // Without the time to make sure the grant stays as it is.
  if (!isUnauthorized(first) || remainingMs() <= 2 * APART_MS) return first
  await pause(APART_MS)
  const second = await askWith(ports, first.served)
  if (!('profile' in second) && isUnauthorized(second)) await end(ports, second.served, second.refusal)
  return second
}

/** By the status alone, and of a request that the token alone has authorized: anything else may be about the client. */
const isUnauthorized = ({ served, refusal }: Extract<Asked, { refusal: unknown }>): boolean =>
  refusal.status === 401 && served.provider.settings.userInfoAuth !== 'client'

const end = async (ports: RefreshPorts, { grant, provider }: GrantAndProvider, refusal: UpstreamFailure) => {
  // Whatever becomes of the note: that the token is refused is known.
  const ended = await ports.grants.markDead(grant, 'tokenRefused', noted(refusal)).catch(() => false)
  if (ended)
    ports.audit.record({ action: 'grant.died', ...subject(grant), providerType: provider.type, reason: 'tokenRefused' })
}

const subject = ({ orgId, userId, providerId, id }: Grant) => ({ orgId, userId, providerId, grantId: id })
