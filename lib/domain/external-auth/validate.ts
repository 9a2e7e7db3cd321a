import { askWhose } from '../grants/ask-account.ts'
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
  try {
    // There is nothing to ask.
    if (link.provider.settings.userInfoUrl === undefined) return { link: await serveToken(ports, link) }
    const asked = await askWhose(ports, link)
    return 'profile' in asked
      ? { link: asked.served, profile: asked.profile }
      : { link: asked.served, refusal: REFUSED }
  } catch (error) {
    // Nothing can be had of this grant, and it is known why.
    if (error instanceof Problem && error.status < 500) return { link, refusal: error.message }
    const { status, failure } = error instanceof UpstreamFailure ? error : {}
    // A 403 with the headers of a rate limit is classed as one that passes.
    if (status === 429 || (status === 403 && failure === 'transient')) {
      // Asking may have refreshed it.
      return { link: (await ports.grants.getWithProvider(link.grant.orgId, link.grant.id)) ?? link }
    }
    if (status === 403) return { link, refusal: REFUSED }
    throw upstreamProblem(error)
  }
}

const REFUSED = 'The provider refuses the token.'
