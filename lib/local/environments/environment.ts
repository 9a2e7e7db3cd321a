import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { FunctionDefinition, InvokeResult } from '../model.ts'
import { type EnvironmentKind, startHost } from './host.ts'
import { functionArn, lambdaEnv } from './lambda-env.ts'
import type { Report } from './messages.ts'

/** One execution environment of a function. Serves one invocation at a time. */
export interface Environment {
  /** `event` is JSON text. Never throws; never called while another invocation runs. */
  run(event: string): Promise<InvokeResult>
  /** Ends it; an invocation in flight answers `exit`. Resolves when it is gone. */
  kill(): Promise<void>
}

export interface EnvironmentOptions {
  readonly kind: EnvironmentKind
  readonly logFd: number
  /** Told once, as soon as the environment can serve no more. */
  onGone(): void
}

/** Lambda gives a function ten seconds to load, apart from its own timeout. */
const INIT_TIMEOUT_MS = 10_000

/** Starts an execution environment; its handler loads at once. */
export function startEnvironment(definition: FunctionDefinition, options: EnvironmentOptions): Environment {
  const timeoutMs = definition.timeoutSeconds * 1000
  const arn = functionArn(definition)
  const host = startHost(options.kind, {
    env: lambdaEnv(definition),
    memoryMiB: definition.memoryMiB,
    logFd: options.logFd,
    onReport,
    onExit: (error) => {
      if (error) log(error.stack ?? error.message)
      end({ kind: 'exit' })
    },
  })
  let ready = false
  let gone = false
  let requestId = ''
  let settle: ((result: InvokeResult) => void) | undefined
  let timer: NodeJS.Timeout | undefined

  function onReport(report: Report): void {
    if (report.kind === 'ready') {
      ready = true
      if (settle) expireIn(timeoutMs)
    } else if (report.kind === 'initFailed') {
      const { errorType, errorMessage } = report
      void kill({ kind: 'error', errorType, errorMessage })
    } else {
      answer(report.kind === 'ok' ? { kind: 'ok', payload: JSON.parse(report.payload) } : report)
    }
  }

  function expireIn(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      log(`Task timed out after ${(ms / 1000).toFixed(2)} seconds`)
      void kill({ kind: 'timeout' })
    }, ms)
  }

  function answer(result: InvokeResult): void {
    clearTimeout(timer)
    const waiting = settle
    settle = undefined
    waiting?.(result)
  }

  function end(result: InvokeResult): void {
    answer(result)
    if (gone) return
    gone = true
    options.onGone()
  }

  function kill(result: InvokeResult): Promise<void> {
    end(result)
    return host.kill()
  }

  function log(message: string): void {
    const line = { timestamp: new Date().toISOString(), level: 'ERROR', requestId, message }
    writeSync(options.logFd, `${JSON.stringify(line)}\n`)
  }

  return {
    run(event) {
      return new Promise((resolve) => {
        if (gone) return resolve({ kind: 'exit' })
        requestId = randomUUID()
        settle = resolve
        expireIn(ready ? timeoutMs : INIT_TIMEOUT_MS)
        host.send({ requestId, event, functionArn: arn, timeoutMs })
      })
    },
    kill: () => kill({ kind: 'exit' }),
  }
}
