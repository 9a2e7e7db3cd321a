import { randomBytes } from 'node:crypto'
import type { Client, OAuth } from '../../ports.ts'
import { UpstreamFailure } from '../../upstream-failure.ts'
import { type Check, failed, passed, skipped, unknown, withinTime } from './check.ts'

/** Revokes a token that nobody has: an endpoint that takes the client says that it is done, or that it knows no such token. */
export const checkRevocation = async (oauth: Pick<OAuth, 'revoke'>, client: Client): Promise<readonly Check[]> => {
  const { revocationStyle, revocationUri, settingsUrl } = client.provider.settings
  if (revocationStyle === 'none' || revocationUri === undefined) {
    const where = settingsUrl === undefined ? 'in its settings' : `at ${settingsUrl}`
    return [skipped('revocation', `The provider revokes nothing for applications: users do that ${where}.`)]
  }
  try {
    await withinTime(() => oauth.revoke(client, { accessToken: randomBytes(32).toString('base64url') }, false))
    return [passed('revocation', 'The provider takes revocations.')]
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    // It ends access tokens with their refresh token alone (RFC 7009 section 2).
    if (error.error === 'unsupported_token_type') return [passed('revocation', 'The provider takes revocations.')]
    if (error.failure === 'clientRejected') {
      const fix = 'PATCH the provider with the right clientSecret. Until then connections cannot be ended there.'
      return [failed('revocation', 'The revocation endpoint refuses the client.', fix)]
    }
    const says = error.error === undefined ? '' : ` It says ${error.error}.`
    return [unknown('revocation', `The revocation endpoint fails, or gives no answer that tells anything.${says}`)]
  }
}
