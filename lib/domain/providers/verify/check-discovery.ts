import type { OAuth } from '../../ports.ts'
import { UpstreamFailure } from '../../upstream-failure.ts'
import type { Provider } from '../provider.ts'
import { type Check, failed, passed, skipped, unknown, withinTime } from './check.ts'

/** What a grant depends on; an admin may have set the others otherwise than the issuer says. */
const places = ['issuer', 'authorizationUrl', 'tokenUrl', 'userInfoUrl', 'jwksUrl'] as const

/** Whether an issuer still says what was read of it when the provider was registered. */
export const checkDiscovery = async (
  oauth: Pick<OAuth, 'discover'>,
  { type, settings }: Provider,
): Promise<readonly Check[]> => {
  const { issuer } = settings
  if (type !== 'oidc' || issuer === undefined) {
    return [skipped('discovery', 'Only providers of the type oidc are found by their metadata.')]
  }
  try {
    const found = await withinTime(() => oauth.discover(issuer))
    const moved = places.filter((place) => settings[place] !== undefined && settings[place] !== found[place])
    if (moved.length === 0) return [passed('discovery', 'The issuer says what it said at the registration.')]
    return [
      failed(
        'discovery',
        `The issuer now says otherwise: ${moved.join(', ')}.`,
        'Register the provider anew, and let users connect there: tokens of this one never go to another place.',
      ),
    ]
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    if (error.failure === 'transient') return [unknown('discovery', 'The issuer could not be read just now.')]
    return [
      failed(
        'discovery',
        'The issuer has no metadata that can be used.',
        'Look whether its discovery document is where it was. Connections go on as long as its other endpoints do.',
      ),
    ]
  }
}
