import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { internalError, jsonAnswer, throttle, transactionConflict, type WireAnswer } from './fault-proxy-answers.ts'
import { splitBatch } from './fault-proxy-batch.ts'

/** One request that came through, retries of an SDK included. */
export interface FaultProxyCall {
  /** From 1, counted since the last reset. */
  readonly index: number
  readonly service: 'dynamodb' | 'sqs' | 'kms' | 'upstream'
  /** Of AWS the operation, e.g. `GetItem`; of an upstream the method and path, e.g. `POST /token`. */
  readonly operation: string
  /** The access key id that signed it. */
  readonly caller?: string
  /** The request's JSON or form, unless it is larger than 64 KiB. */
  readonly body?: unknown
  /** The kind of the fault that struck it. */
  fault?: Fault['kind']
  /** What the client was answered; absent while it waits and when its connection was cut. */
  status?: number
}

/** Strikes the first `times` calls (one by default) from number `at` on, or that match. */
type Occasion = ({ readonly at: number } | { readonly match: (call: FaultProxyCall) => boolean }) & {
  readonly times?: number
}

type Effect =
  /** The service's own failure; nothing is forwarded. */
  | { readonly kind: 'error' }
  /** Too many calls; nothing is forwarded. The time to come back is for an upstream. */
  | { readonly kind: 'throttle'; readonly retryAfterSeconds?: number }
  /** A write of DynamoDB meets another transaction; nothing is forwarded. */
  | { readonly kind: 'transactionConflict' }
  /** The work is done, but the connection is cut in place of the answer. */
  | { readonly kind: 'lostAnswer' }
  /** Nothing is forwarded and nothing answered, for `ms` or until the proxy closes; then the connection is cut. */
  | { readonly kind: 'hang'; readonly ms?: number }
  /** Forwarded `ms` later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** A batch of DynamoDB is done but for its last `count` (1) entries, which come back as unprocessed. */
  | { readonly kind: 'unprocessed'; readonly count?: number }
  /** `kill` is called before or after the work is done, then the connection is cut. */
  | {
      readonly kind: 'kill'
      readonly when: 'before' | 'after'
      readonly kill: (call: FaultProxyCall) => void | Promise<void>
    }
  /** The JSON of the answer is replaced by what the function makes of it; a promise is waited for. */
  | { readonly kind: 'rewrite'; readonly rewrite: (answer: unknown, call: FaultProxyCall) => unknown }

export type Fault = Occasion & Effect

export interface FaultProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** The calls since the last reset, oldest first. */
  calls(): readonly FaultProxyCall[]
  /** Forgets calls and plan, and counts from 1 again. */
  reset(): void
  /** Replaces the plan. Of several faults that could strike a call, the first does. */
  plan(faults: Fault | readonly Fault[]): void
  /** Calls `listener` when a call arrives; the answer ends that. */
  onCall(listener: (call: FaultProxyCall) => void): () => void
  /** Is again as at its start: nothing called, planned or listened to. */
  renew(): void
  close(): Promise<void>
}

const forever = 2 ** 31 - 1
const hopByHop = /^(connection|keep-alive|transfer-encoding|expect|content-length)$/i

/**
 * Starts a proxy on loopback that stands between clients and one server, DynamoDB, SQS and KMS (told apart by
 * `x-amz-target`) or an OAuth server, and does what its plan says. Bodies are read whole, the Host header is kept.
 * `target` may be a function for a server that needs the proxy's URL before it can start.
 */
export async function startFaultProxy({ target }: { target: string | (() => string) }): Promise<FaultProxy> {
  // Idle connections end here before a server ends them, which would look like a fault.
  const agent = new Agent({ keepAlive: true, timeout: 2_000 })
  const closing = new AbortController()
  const listeners = new Set<(call: FaultProxyCall) => void>()
  let calls: FaultProxyCall[] = []
  let plan: { fault: Fault; left: number }[] = []

  const strike = (call: FaultProxyCall): Fault | undefined => {
    const entry = plan.find(({ fault, left }) => left > 0 && isOccasion(fault, call))
    if (entry) entry.left--
    return entry?.fault
  }
  const handle = async (request: IncomingMessage): Promise<WireAnswer | undefined> => {
    const body = await buffer(request)
    const call = describeCall(request, body, calls.length + 1)
    calls.push(call)
    const fault = strike(call)
    if (fault) call.fault = fault.kind
    for (const listener of listeners) listener(call)
    const base = typeof target === 'string' ? target : target()
    const work = (changed?: Buffer) => forward(base, request, changed ?? body, agent)
    const answer = await perform(fault, call, work, closing.signal)
    if (answer) call.status = answer.status
    return answer
  }

  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const cut = () => request.socket.destroy()
    handle(request).then((answer) => {
      if (!answer) cut()
      else response.writeHead(answer.status, [...answer.headers, ...lengthOf(answer)]).end(answer.body)
    }, cut)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => [...calls],
    reset() {
      calls = []
      plan = []
    },
    plan(faults) {
      plan = [faults].flat().map((fault) => ({ fault, left: fault.times ?? 1 }))
    },
    onCall(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    renew() {
      calls = []
      plan = []
      listeners.clear()
    },
    close: () =>
      new Promise((resolve) => {
        closing.abort()
        server.close(() => resolve())
        server.closeAllConnections()
        agent.destroy()
      }),
  }
}

function isOccasion(fault: Fault, call: FaultProxyCall): boolean {
  return 'at' in fault ? call.index >= fault.at : fault.match(call)
}

/** Does what the fault says; no answer means that the connection is to be cut. */
async function perform(
  fault: Fault | undefined,
  call: FaultProxyCall,
  work: (changed?: Buffer) => Promise<WireAnswer>,
  closing: AbortSignal,
): Promise<WireAnswer | undefined> {
  switch (fault?.kind) {
    case undefined:
      return work()
    case 'error':
      return internalError(call)
    case 'throttle':
      return throttle(call, fault.retryAfterSeconds)
    case 'transactionConflict':
      return transactionConflict(call)
    case 'lostAnswer':
      await work()
      return undefined
    case 'hang':
      await sleep(fault.ms ?? forever, undefined, { signal: closing })
      return undefined
    case 'delay':
      await sleep(fault.ms, undefined, { signal: closing })
      return work()
    case 'unprocessed':
      return leaveUnprocessed(call, fault.count ?? 1, work)
    case 'kill':
      if (fault.when === 'after') await work()
      await fault.kill(call)
      return undefined
    case 'rewrite':
      return rewriteAnswer(await work(), (answer) => fault.rewrite(answer, call))
  }
}

async function leaveUnprocessed(call: FaultProxyCall, count: number, work: (changed?: Buffer) => Promise<WireAnswer>) {
  const input = call.body as { RequestItems: Parameters<typeof splitBatch>[0] }
  const { done, undone } = splitBatch(input.RequestItems, count)
  const rest = call.operation === 'BatchGetItem' ? { UnprocessedKeys: undone } : { UnprocessedItems: undone }
  if (Object.keys(done).length === 0) return jsonAnswer(call, 200, { Responses: {}, ...rest })
  const answer = await work(Buffer.from(JSON.stringify({ ...input, RequestItems: done })))
  return rewriteAnswer(answer, (value) => ({ ...(value as object), ...rest }))
}

async function rewriteAnswer(
  { status, headers, body }: WireAnswer,
  rewrite: (answer: unknown) => unknown,
): Promise<WireAnswer> {
  const rewritten = Buffer.from(JSON.stringify(await rewrite(JSON.parse(body.toString()))))
  return { status, headers: withoutHeaders(headers, /^x-amz-crc32$/i), body: rewritten }
}

function forward(base: string, from: IncomingMessage, body: Buffer, agent: Agent): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const headers = [...withoutHeaders(from.rawHeaders, hopByHop), 'content-length', String(body.length)]
    const url = new URL(from.url ?? '/', base)
    httpRequest(url, { method: from.method ?? 'GET', headers, agent }, (answer) => {
      const kept = withoutHeaders(answer.rawHeaders, hopByHop)
      buffer(answer).then(
        (content) => resolve({ status: answer.statusCode ?? 502, headers: kept, body: content }),
        reject,
      )
    })
      .on('error', reject)
      .end(body)
  })
}

function describeCall(request: IncomingMessage, body: Buffer, index: number): FaultProxyCall {
  const [, prefix, awsOperation] =
    /^(DynamoDB|AmazonSQS|TrentService)[^.]*\.(\w+)$/.exec(headerOf(request, 'x-amz-target')) ?? []
  const service = prefix === 'DynamoDB' ? 'dynamodb' : prefix === 'AmazonSQS' ? 'sqs' : prefix ? 'kms' : 'upstream'
  const operation = awsOperation ?? `${request.method} ${request.url?.split('?')[0]}`
  const caller = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(headerOf(request, 'authorization'))?.[1]
  const content = body.length <= 65_536 ? parseBody(headerOf(request, 'content-type'), body.toString()) : undefined
  return { index, service, operation, ...(caller && { caller }), ...(content !== undefined && { body: content }) }
}

function parseBody(contentType: string, text: string): unknown {
  if (contentType.includes('x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function lengthOf({ body }: WireAnswer): string[] {
  return ['content-length', String(body.length)]
}

function headerOf(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? '')
}

function withoutHeaders(headers: readonly string[], names: RegExp): string[] {
  return headers.filter((_, i) => !names.test(headers[i - (i % 2)] ?? ''))
}
