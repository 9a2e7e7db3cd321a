import type { Client } from '../domain/ports.ts'
import { call, limits, type Request } from './call.ts'
import { failureOf } from './failure.ts'
import type { Outbound } from './outbound/outbound.ts'
import { readJson } from './read-json.ts'

/**
 * Revokes the tokens of a grant, the refresh token first, in the provider's way. A token that the provider does not
 * know any more counts as revoked (RFC 7009 section 2.2). Throws `UpstreamFailure`.
 */
export const revoke = async (
  outbound: Outbound,
  client: Client,
  { accessToken, refreshToken }: { accessToken: string; refreshToken?: string },
): Promise<void> => {
  const { revocationUri, revocationStyle } = client.provider.settings
  if (revocationUri === undefined) return
  if (revocationStyle === 'bearer') {
    await ask(outbound, revocationUri, { method: 'POST', headers: { authorization: `Bearer ${accessToken}` } })
    return
  }
  if (refreshToken !== undefined) await ask(outbound, revocationUri, rfc7009(client, refreshToken, 'refresh_token'))
  // A server that revokes refresh tokens only ends the access token with them.
  const tolerated = refreshToken === undefined ? undefined : 'unsupported_token_type'
  await ask(outbound, revocationUri, rfc7009(client, accessToken, 'access_token'), tolerated)
}

/** What providers say of a token that is gone already. */
const gone = new Set<unknown>(['invalid_token', 'token_revoked', 'token_expired'])

const ask = async (outbound: Outbound, url: string, request: Request, tolerated?: string): Promise<void> => {
  const response = await call(outbound, url, request, limits.ordinary)
  const answer = readJson(await response.text()) as { ok?: unknown; error?: unknown } | null | undefined
  // Providers answer errors with 200, or with `ok: false` beside them.
  if (response.ok && answer?.ok !== false && !answer?.error) return
  if (gone.has(answer?.error) || response.status === 404) return
  if (tolerated !== undefined && answer?.error === tolerated) return
  throw failureOf(response.ok ? 400 : response.status, response.headers, answer?.error)
}

/** RFC 6749 section 2.3.1: form-encoded before it is put into the header. */
const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

const rfc7009 = ({ provider, clientSecret }: Client, token: string, hint: string): Request => {
  const basic = provider.settings.authMethod === 'client_secret_basic'
  const credentials = Buffer.from(`${formEncode(provider.clientId)}:${formEncode(clientSecret)}`).toString('base64')
  const form = new URLSearchParams({
    token,
    token_type_hint: hint,
    ...(!basic && { client_id: provider.clientId, client_secret: clientSecret }),
  })
  return {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...(basic && { authorization: `Basic ${credentials}` }),
    },
    body: form.toString(),
  }
}
