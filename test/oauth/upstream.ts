import type { ServerResponse } from 'node:http'
import type { Client } from '../../lib/domain/ports.ts'
import type { Provider, ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { UpstreamFailure } from '../../lib/domain/upstream-failure.ts'
import { oauth } from '../../lib/oauth/oauth.ts'
import { createOutbound } from '../../lib/oauth/outbound/outbound.ts'
import { aProviderRow, settings as plain } from '../support/records.ts'
import { startProvider, type Provider as Upstream } from './outbound-provider.ts'

/** All that is asked of providers, by the real way out, held to this machine. */
export const asked = oauth(createOutbound({ loopback: true, internet: false, privateHosts: [] }))

export { startProvider, type Upstream }

/** A provider whose endpoints are at an upstream of this machine. */
export const aProviderAt = (origin: string, settings: Partial<ProviderSettings> = {}, row: Partial<Provider> = {}) =>
  aProviderRow({
    ...row,
    settings: {
      ...plain,
      authorizationUrl: `${origin}/authorize`,
      tokenUrl: `${origin}/token`,
      userInfoUrl: `${origin}/userinfo`,
      revocationUri: `${origin}/revoke`,
      ...settings,
    },
  })

export const aClientAt = (
  origin: string,
  settings: Partial<ProviderSettings> = {},
  row: Partial<Provider> = {},
): Client => ({
  provider: aProviderAt(origin, settings, row),
  clientSecret: 'the secret',
})

/** How an upstream answers: an object as JSON, a text as it is. */
export const answer =
  (status: number, body: unknown = '', headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    const isText = typeof body === 'string'
    const type = isText ? {} : { 'content-type': 'application/json' }
    response.writeHead(status, { ...type, ...headers }).end(isText ? body : JSON.stringify(body))
  }

/** What an upstream was sent last. */
export const lastRequest = ({ seen }: Upstream) => {
  const { method, path, headers, body } = seen.at(-1) ?? { method: '', path: '', headers: {}, body: '' }
  return { method, path, headers, body, form: Object.fromEntries(new URLSearchParams(body)) }
}

/** The failure that a call ends with, as a plain object. */
export const failureOf = async (call: Promise<unknown>) => {
  const error: unknown = await call.then(
    (value) => new Error(`It succeeded: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof UpstreamFailure)) throw error
  const { failure, codes, outcomeUnknown, timedOut, tokenRefused, retryAfterSeconds, reason, message } = error
  return {
    failure,
    ...codes,
    outcomeUnknown,
    timedOut,
    tokenRefused,
    retryAfterSeconds,
    ...(reason && { reason }),
    message,
  }
}
