import type { Caller } from '../caller.ts'
import { askWhose } from '../grants/ask-account.ts'
import { canRefresh, type Grant } from '../grants/grant.ts'
import type { RefreshPorts } from '../grants/refresh.ts'
import { openAccessToken } from '../grants/seal-tokens.ts'
import { serveToken } from '../grants/serve-token.ts'
import { connectionOf } from '../integrations/find-connection.ts'
import { Problem } from '../problem.ts'
import { findProvider } from '../providers/find.ts'
import { apiBaseUriOf, type Provider } from '../providers/provider.ts'
import { answerHeaders } from './answer-headers.ts'
import type { Api, ApiAnswer } from './api.ts'
import { callPatiently } from './call-patiently.ts'
import { maskToken } from './mask-token.ts'
import { requestHeaders } from './request-headers.ts'
import { targetOf } from './target.ts'

export interface RelayPorts extends RefreshPorts {
  readonly api: Api
}

/** A request of a caller, as it came. */
export interface Relayed {
  readonly method: string
  /** Relative to the base of the API, or absolute. */
  readonly url: string
  /** The name that the URL has in the request. */
  readonly field?: string
  readonly headers: Iterable<readonly [name: string, value: string]>
  readonly body?: Uint8Array
  /** Of the body, unless a header says another. */
  readonly contentType?: string
}

/** As much as base64 makes fit into the event of a function. */
const MAX_BODY_BYTES = 4 * 1024 * 1024

/**
 * Sends a request to the API behind an integration with the token of the caller's connection, which the caller never
 * sees. A token that the API refuses is refreshed once. Answers what the API answered, whatever that is.
 * Throws `tooLarge`, `providerNotFound`, `invalidRequest` (the URL), `grantNotFound`, `noApiBaseUri`, `notRecorded`,
 * `tokenRefused`,
 * `upstreamUnavailable`, `upstreamTimeout`, `responseTooLarge`, `upstreamAnswer`, and what `serveToken` throws.
 */
export const relay = async (
  ports: RelayPorts,
  caller: Caller,
  idOrSlug: string,
  { method, url, field, headers, body, contentType }: Relayed,
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> => {
  if (body && body.length > MAX_BODY_BYTES) throw new Problem('tooLarge', { detail: 'At most 4 MiB.' })
  const provider = await findProvider(ports.providers, caller.orgId, idOrSlug)
  const apiBaseUri = apiBaseUriOf(provider)
  const target = apiBaseUri === undefined ? undefined : targetOf(apiBaseUri, url, field)
  const found = await connectionOf(ports, caller, provider)
  if (!found) throw new Problem('grantNotFound')
  if (apiBaseUri === undefined || !target) throw new Problem('noApiBaseUri')

  const request = {
    method,
    headers: { ...(contentType !== undefined && { 'content-type': contentType }), ...requestHeaders(headers) },
    ...(body && { body }),
  }
  const send = async (grant: Grant): Promise<{ answer: ApiAnswer; token: string }> => {
    const token = await openAccessToken(ports.vault, grant)
    return { token, answer: await callPatiently(ports.api, target, request, token) }
  }
  const { grant } = await serveToken(ports, { grant: found, provider })
  const about = { providerId: provider.id, grantId: grant.id, method, host: target.host }
  ports.audit.record({ action: 'request.proxied', ...caller, ...about })
  let sent = await send(grant)
  const fresh = sent.answer.status === 401 ? await another(ports, grant) : undefined
  if (fresh) sent = await send(fresh)

  const { answer, token } = sent
  if (answer.status === 401 && isProfile(provider, target) && (await isOver(ports, grant))) {
    throw new Problem('tokenRefused')
  }
  return {
    status: answer.status,
    headers: answerHeaders(answer, target, token),
    body: maskToken(answer.body, token),
  }
}

/** Whether it is the endpoint that tells whose the token is: what that refuses is refused everywhere. */
const isProfile = ({ settings: { userInfoUrl = '' } }: Provider, { origin, pathname }: URL): boolean =>
  userInfoUrl.split('?')[0] === `${origin}${pathname}`

/** Whether nothing can be had of the grant any more: another API may refuse what it likes, and the grant lives. */
const isOver = async (ports: RelayPorts, { orgId, id }: Grant): Promise<boolean> => {
  const current = await ports.grants.getWithProvider(orgId, id)
  if (!current || canRefresh(current.grant)) return false
  return 'refusal' in (await askWhose(ports, current).catch(() => ({})))
}

/** The grant with another token than the one that was refused; undefined when there is none to be had. */
const another = async (ports: RelayPorts, { orgId, id, tokenVersion }: Grant): Promise<Grant | undefined> => {
  const current = await ports.grants.getWithProvider(orgId, id)
  if (!current) return undefined
  const { grant } = await serveToken(ports, current, { refusedVersion: tokenVersion })
  return grant.tokenVersion === tokenVersion ? undefined : grant
}
