import dns from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { createAgents } from './agents.ts'
import { exchange } from './exchange.ts'
import { guardedLookup } from './guarded-lookup.ts'
import { type CallLimits, ordinaryCall } from './limits.ts'
import { OutboundError } from './outbound-error.ts'
import { requestHeaders } from './request-headers.ts'
import { checkAddress, checkPrivateHosts, checkUrl, isThisMachine, type TargetOptions } from './target.ts'

export { type CallLimits, ordinaryCall, tokenCall } from './limits.ts'
export { OutboundError, type OutboundErrorCode } from './outbound-error.ts'
export { checkUrl, type TargetOptions } from './target.ts'

export interface OutboundOptions extends TargetOptions {
  /** Resolves names, `dns.lookup` by default. */
  readonly lookup?: typeof dns.lookup
  /** Whether calls may leave this machine; yes unless told. */
  readonly internet?: boolean
}

/** The part of `RequestInit` that a call can have; `redirect` is accepted and always means `manual`. */
export interface OutboundRequest {
  readonly method?: string
  readonly headers?: RequestInit['headers']
  readonly body?: RequestInit['body'] | undefined
  readonly redirect?: RequestInit['redirect']
  readonly signal?: AbortSignal | null | undefined
}

/**
 * Calls a provider, as `fetch` would, but answers only when the whole body is here, within the limits (those of an
 * ordinary call by default). Redirects are returned, never followed. Throws `OutboundError`.
 */
export type Outbound = (url: string | URL, request?: OutboundRequest, limits?: CallLimits) => Promise<Response>

const OFFLINE = 'is beyond this machine, where the local stack calls nobody unless started by npm start -- --internet'
const maxHeaderBytes = 16_384
const forbiddenMethods = new Set(['CONNECT', 'TRACE', 'TRACK'])

/**
 * The only way out: every request to a provider goes through here. It reaches public https addresses and the private
 * hosts named by an operator; in local mode this machine too, and the others only with `internet`. Fits openid-client's `customFetch`.
 * Throws a `RangeError` for a `privateHosts` entry that is not a host.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  checkPrivateHosts(options.privateHosts)
  const { lookup = dns.lookup, internet = true } = options
  const agents = createAgents()

  return async (url, init = {}, limits = ordinaryCall) => {
    const target = URL.parse(String(url))
    const refusal = checkUrl(String(url), options)
    if (!target || refusal !== undefined) throw refused(target, refusal)
    // Before the name is looked up: the question alone would leave the machine.
    if (!internet && !isThisMachine(target)) throw new OutboundError('offline', target, OFFLINE, false)
    const method = (init.method ?? 'GET').toUpperCase()
    if (forbiddenMethods.has(method)) throw refused(target, 'is not called with this method')
    const content = init.body == null ? undefined : new Response(init.body)
    const body = content && Buffer.from(await content.arrayBuffer())
    const request = attempt(target, () =>
      (target.protocol === 'https:' ? https : http).request(target, {
        method,
        headers: requestHeaders(init.headers, content?.headers.get('content-type') ?? null, body?.length),
        agent: agents.for(target.protocol),
        lookup: guardedLookup(lookup, (address) => checkAddress(address, target, options)),
        maxHeaderSize: maxHeaderBytes,
      }),
    )
    const signals = [init.signal, limits.signal].filter((signal) => signal != null)
    return exchange(request, target, body, limits, signals)
  }
}

/** A secret with a line break, say, cannot become a header; the error's own message would repeat it. */
function attempt<T>(target: URL, build: () => T): T {
  try {
    return build()
  } catch {
    throw refused(target, 'was to be called with a method or header that HTTP does not allow')
  }
}

function refused(target: URL | null, reason = 'is not a URL'): OutboundError {
  return new OutboundError('refused', target ?? undefined, reason, false)
}
