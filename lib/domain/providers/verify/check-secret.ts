import { randomBytes } from 'node:crypto'
import type { Audit, Client, OAuth, ProviderStore } from '../../ports.ts'
import { isRefusal, UpstreamFailure } from '../../upstream-failure.ts'
import { type Check, failed, passed, unknown, withinTime } from './check.ts'
import { unregistered } from './check-request.ts'

export interface SecretPorts {
  readonly oauth: Pick<OAuth, 'exchangeCode' | 'revoke'>
  readonly providers: ProviderStore
  readonly audit: Audit
}

const random = (): string => randomBytes(32).toString('base64url')
const reached = passed('tokenEndpoint', 'It answers as a token endpoint does.')

/**
 * Asks the token endpoint for tokens for a code that nobody has: who is told that the code is bad has shown the right
 * secret (RFC 6749 section 5.2). What it says of the client counts as it does for anybody: a secret that it refuses makes
 * the provider inactive, one that it takes heals it.
 */
export const checkSecret = async (
  { oauth, providers, audit }: SecretPorts,
  client: Client,
  redirectUri: string,
): Promise<readonly Check[]> => {
  const { provider } = client
  try {
    const tokens = await withinTime(() =>
      oauth.exchangeCode(client, { code: random(), redirectUri, codeVerifier: random() }),
    )
    await oauth.revoke(client, tokens, false).catch(() => undefined)
    const fix = 'Look at tokenUrl: this is no provider to send secrets to.'
    return [
      failed('tokenEndpoint', 'It gives tokens for a code that nobody has.', fix),
      unknown('clientSecret', 'The token endpoint cannot be believed.'),
    ]
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    if (isRefusal(error)) {
      if (provider.clientRejectedAt !== undefined || provider.timeouts) {
        // What was found is the answer, whatever becomes of its note.
        await providers.acceptClient(provider).catch(() => undefined)
      }
      const mismatch = error.error === 'redirect_uri_mismatch' ? [unregistered(redirectUri)] : []
      return [reached, passed('clientSecret', 'The token endpoint takes it.'), ...mismatch]
    }
    if (error.failure !== 'clientRejected') return undecided(error)
    await providers.rejectClient(provider, error.codes).catch(() => undefined)
    audit.record({ action: 'client.rejected', orgId: provider.orgId, providerId: provider.id })
    const message = `The token endpoint refuses the client: ${[error.error, ...(error.codes.subErrors ?? [])].join(' ')}.`
    const fix = 'PATCH the provider with the right clientSecret. Every connection works again then.'
    return [reached, failed('clientSecret', message, fix)]
  }
}

/** Neither the code nor the client was judged. */
const undecided = (error: UpstreamFailure): readonly Check[] => {
  if (error.failure === 'transient') {
    const message = 'The token endpoint could not be reached just now, or failed.'
    return [unknown('tokenEndpoint', message), unknown('clientSecret', message)]
  }
  if (error.error !== undefined) {
    return [reached, unknown('clientSecret', `The token endpoint says ${error.error}, which tells nothing of it.`)]
  }
  if (error.status !== undefined && error.status >= 300 && error.status < 400) {
    const message = `It redirects (${error.status}): tokens are asked for at one place, and no redirect is followed.`
    const fix =
      'Register the provider anew with the tokenUrl that it redirects to: its https URL, say, or its new host.'
    return [failed('tokenEndpoint', message, fix), unknown('clientSecret', 'There is no token endpoint to ask.')]
  }
  return [
    failed(
      'tokenEndpoint',
      'It answers with something that no token endpoint says.',
      'Look whether tokenUrl, or the host that it was made of, is the right one; then register the provider anew.',
    ),
    unknown('clientSecret', 'There is no token endpoint to ask.'),
  ]
}
