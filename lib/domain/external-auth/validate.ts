import { askProfile } from '../grants/ask-profile.ts'
import type { RefreshPorts } from '../grants/refresh.ts'
import { serveToken } from '../grants/serve-token.ts'
import type { GrantAndProvider, Profile } from '../ports.ts'
import { Problem } from '../problem.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { upstreamProblem } from '../upstream-problem.ts'

/** What came of asking about a link. */
export interface Validation {
  /** As it is now: asking may have refreshed it. */
  readonly link: GrantAndProvider
  /** Who the account is, if the provider said so. */
  readonly profile?: Profile
  /** Why the link is not good; absent when it is. */
  readonly refusal?: string
}

/**
 * Asks the provider whether it takes the token of a link, which is refreshed first if need be. A provider that only
 * limits how often it is asked has not refused. Throws `backingOff`, `tryAgain`, `upstreamUnavailable`, `upstreamAnswer`.
 */
export const validate = async (ports: RefreshPorts, link: GrantAndProvider): Promise<Validation> => {
  const served = await serveToken(ports, link).catch((error: unknown) => {
    // Nothing can be had of this grant, and it is known why.
    if (error instanceof Problem && error.status < 500) return error
    throw error
  })
  if (served instanceof Problem) return { link, refusal: served.message }
  // There is nothing to ask.
  if (served.provider.settings.userInfoUrl === undefined) return { link: served }
  try {
    return { link: served, profile: await askProfile(ports, served) }
  } catch (error) {
    const { status, failure, tokenRefused } = error instanceof UpstreamFailure ? error : {}
    // A 403 with the headers of a rate limit is classed as one that passes.
    if (status === 429 || (status === 403 && failure === 'transient')) return { link: served }
    if (tokenRefused || status === 403) return { link: served, refusal: 'The provider refuses the token.' }
    throw upstreamProblem(error)
  }
}
