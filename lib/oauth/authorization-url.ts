import { createHash } from 'node:crypto'
import type { AuthorizationRequest } from '../domain/ports.ts'
import type { Provider } from '../domain/providers/provider.ts'

/** The URL of the authorization request (RFC 6749 section 4.1.1), with an S256 challenge (RFC 7636 section 4.2). */
export const authorizationUrl = ({ settings, clientId }: Provider, request: AuthorizationRequest): string => {
  const url = new URL(settings.authorizationUrl)
  const parameters: Record<string, string | undefined> = {
    ...(request.forceConsent && settings.consentParams),
    ...settings.authParams,
    response_type: 'code',
    client_id: clientId,
    redirect_uri: request.redirectUri,
    scope: request.scopes.join(settings.scopeSeparator) || undefined,
    state: request.state,
    nonce: request.nonce,
    ...(request.claims !== undefined && { claims: request.claims }),
    ...(settings.pkce && {
      code_challenge: createHash('sha256').update(request.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    }),
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  // A form's plus for a space is one that some servers read as a plus (RFC 3986 knows no other space than %20).
  url.search = url.searchParams.toString().replaceAll('+', '%20')
  return url.toString()
}
