import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Invocation, Report } from './messages.ts'

/** `thread`: fast to start. `process`: its own memory, can be killed as a whole. */
export type EnvironmentKind = 'thread' | 'process'

/** What carries an execution environment. */
export interface Host {
  send(invocation: Invocation): void
  /** Ends it at once, whatever it does; resolves when it is gone. */
  kill(): Promise<void>
}

export interface HostOptions {
  readonly env: Readonly<Record<string, string>>
  readonly memoryMiB: number
  /** An open file that takes what the function prints. */
  readonly logFd: number
  onReport(report: Report): void
  /** Once; `error` is what the function died of, if known. */
  onExit(error?: Error): void
}

const BOOT = new URL('./boot.mjs', import.meta.url)

/** Starts the runtime in a worker thread or in a child process, with exactly the environment given. */
export function startHost(kind: EnvironmentKind, options: HostOptions): Host {
  return kind === 'thread' ? startThread(options) : startProcess(options)
}

function startThread({ env, memoryMiB, logFd, onReport, onExit }: HostOptions): Host {
  const worker = new Worker(BOOT, {
    env,
    execArgv: [],
    workerData: { logFd },
    resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    stdout: true,
    stderr: true,
  })
  let cause: Error | undefined
  worker.on('message', onReport)
  worker.on('error', (error) => {
    cause = error instanceof Error ? error : new Error(String(error))
  })
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      resolve()
      onExit(cause)
    })
  })
  return {
    send: (invocation) => worker.postMessage(invocation),
    kill: () => {
      void worker.terminate()
      return gone
    },
  }
}

function startProcess({ env, memoryMiB, logFd, onReport, onExit }: HostOptions): Host {
  const child = fork(fileURLToPath(BOOT), {
    env: { ...env },
    execArgv: [`--max-old-space-size=${memoryMiB}`],
    serialization: 'advanced',
    stdio: ['ignore', logFd, logFd, 'ipc'],
  })
  child.on('message', (message) => onReport(message as Report))
  const gone = new Promise<void>((resolve) => {
    const end = (error?: Error) => {
      resolve()
      onExit(error)
    }
    child.once('exit', () => end())
    child.on('error', (error) => {
      // Without a pid it never started, and no exit will be told.
      if (child.pid === undefined) end(error)
    })
  })
  return {
    // A channel that closes under the message is an exit, and `exit` tells it.
    send: (invocation) => void child.send(invocation, () => {}),
    kill: () => {
      child.kill('SIGKILL')
      return gone
    },
  }
}
