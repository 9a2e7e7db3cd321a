import type { FunctionDefinition, InvokeResult } from '../model.ts'
import { type Environment, startEnvironment } from './environment.ts'
import type { EnvironmentKind } from './host.ts'
import { requestTooLarge, throttled } from './refusal.ts'

/** The execution environments of one function and the requests that wait for one. */
export interface Pool {
  invoke(event: unknown, signal?: AbortSignal): Promise<InvokeResult>
  /** Answers how many there were. */
  kill(): number
  close(): Promise<void>
}

export interface PoolOptions {
  /** At most so many at once. */
  readonly environments: number
  readonly kind: EnvironmentKind
  /** An environment unused for so long is dropped. */
  readonly idleMs: number
  /** Opened on first use. */
  readonly logFd: () => number
}

interface Waiting {
  readonly event: string
  readonly resolve: (result: InvokeResult) => void
}

const REQUEST_LIMIT_BYTES = 6_291_456
const WAITING_LIMIT = 1000

/** A pool without environments; they are made on demand. */
export function createPool(definition: FunctionDefinition, options: PoolOptions): Pool {
  const all = new Set<Environment>()
  const idle: { readonly environment: Environment; readonly timer: NodeJS.Timeout }[] = []
  const ending = new Set<Promise<void>>()
  const waiting = new Set<Waiting>()
  let closed = false

  /** The last one used comes first, so that the others grow idle. */
  function take(): Environment | undefined {
    const free = idle.pop()
    if (free) {
      clearTimeout(free.timer)
      return free.environment
    }
    if (all.size >= options.environments) return undefined
    const environment = startEnvironment(definition, {
      kind: options.kind,
      logFd: options.logFd(),
      onGone: () => {
        all.delete(environment)
        const at = idle.findIndex((entry) => entry.environment === environment)
        if (at >= 0) clearTimeout(idle.splice(at, 1)[0]?.timer)
        end(environment)
      },
    })
    all.add(environment)
    return environment
  }

  function release(environment: Environment): void {
    if (!all.has(environment)) return
    const timer = setTimeout(() => environment.kill(), options.idleMs)
    idle.push({ environment, timer: timer.unref() })
  }

  /** Whoever ends it, it is waited for when the pool closes. */
  function end(environment: Environment): void {
    const ended = environment.kill().then(() => void ending.delete(ended))
    ending.add(ended)
  }

  function serveWaiting(): void {
    for (const request of waiting) {
      const environment = closed ? undefined : take()
      if (!environment) return
      waiting.delete(request)
      void environment.run(request.event).then((result) => {
        release(environment)
        request.resolve(result)
        serveWaiting()
      })
    }
  }

  function kill(): number {
    const killed = [...all]
    for (const environment of killed) void environment.kill()
    return killed.length
  }

  return {
    invoke(event, signal) {
      const json = JSON.stringify(event) ?? 'null'
      return new Promise((resolve) => {
        if (closed) return resolve({ kind: 'exit' })
        if (Buffer.byteLength(json) > REQUEST_LIMIT_BYTES) return resolve(requestTooLarge)
        if (signal?.aborted || waiting.size >= WAITING_LIMIT) return resolve(throttled)
        const request = { event: json, resolve }
        waiting.add(request)
        serveWaiting()
        if (signal && waiting.has(request)) {
          signal.addEventListener('abort', () => waiting.delete(request) && resolve(throttled), { once: true })
        }
      })
    },
    kill,
    async close() {
      closed = true
      for (const request of waiting) request.resolve({ kind: 'exit' })
      waiting.clear()
      kill()
      await Promise.all(ending)
    },
  }
}
