/** What runs inside an execution environment, be it a worker thread or a child process. */
import { existsSync, writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { Invocation, Report } from './messages.ts'

type Handler = (event: unknown, context: unknown) => unknown

const RESPONSE_LIMIT_BYTES = 6_291_556

const port = parentPort
const report: (message: Report) => void = port
  ? (message) => port.postMessage(message)
  : (message) => void process.send?.(message)

if (port) writeStreamsTo(workerData.logFd)
else endWithTheStack()

const loaded = loadHandler(env('LAMBDA_TASK_ROOT'), env('_HANDLER'))
loaded.then(
  () => {
    report({ kind: 'ready' })
    // An environment is ended from outside, and then would not keep it.
    flushCompileCache()
  },
  (error) => {
    logFailure(error)
    report({ kind: 'initFailed', ...describe(error) })
  },
)
if (port) port.on('message', serve)
else process.on('message', serve)

async function serve(invocation: Invocation): Promise<void> {
  const handler = await loaded.catch(() => undefined)
  if (!handler) return
  const deadline = performance.now() + invocation.timeoutMs
  try {
    const result = await handler(JSON.parse(invocation.event), contextOf(invocation, deadline))
    const payload = JSON.stringify(result === undefined ? null : result) ?? 'null'
    if (Buffer.byteLength(payload) > RESPONSE_LIMIT_BYTES) throw new ResponseSizeTooLarge()
    report({ kind: 'ok', payload })
  } catch (error) {
    logFailure(error, invocation.requestId)
    report({ kind: 'error', ...describe(error) })
  }
}

async function loadHandler(root: string, handler: string): Promise<Handler> {
  const dot = handler.lastIndexOf('.')
  const base = path.join(root, handler.slice(0, dot))
  const file = [`${base}.mjs`, `${base}.js`].find((candidate) => existsSync(candidate))
  if (!file) throw named('Runtime.ImportModuleError', `Cannot find module '${base}'`)
  const found: unknown = (await import(pathToFileURL(file).href))[handler.slice(dot + 1)]
  if (typeof found !== 'function') throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`)
  if (found.length > 2) throw named('Runtime.CallbackHandlerDeprecated', 'callback handlers are gone in nodejs24.x')
  return found as Handler
}

function contextOf(invocation: Invocation, deadline: number) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env('AWS_LAMBDA_FUNCTION_VERSION'),
    functionName: env('AWS_LAMBDA_FUNCTION_NAME'),
    memoryLimitInMB: env('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'),
    logGroupName: env('AWS_LAMBDA_LOG_GROUP_NAME'),
    logStreamName: env('AWS_LAMBDA_LOG_STREAM_NAME'),
    invokedFunctionArn: invocation.functionArn,
    awsRequestId: invocation.requestId,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  }
}

class ResponseSizeTooLarge extends Error {
  override name = 'Function.ResponseSizeTooLarge'
  override message = `Response payload size exceeded maximum allowed payload size (${RESPONSE_LIMIT_BYTES} bytes).`
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}

function describe(error: unknown): { errorType: string; errorMessage: string } {
  if (error instanceof Error) return { errorType: error.name, errorMessage: error.message }
  return { errorType: typeof error, errorMessage: String(error) }
}

function logFailure(error: unknown, requestId?: string): void {
  const stackTrace = error instanceof Error ? error.stack?.split('\n') : undefined
  const message = { ...describe(error), stackTrace }
  console.error(JSON.stringify({ timestamp: new Date().toISOString(), level: 'ERROR', requestId, message }))
}

/** A thread's own streams reach the stack asynchronously and die with it; Lambda's are written before the answer. */
function writeStreamsTo(logFd: number): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      if (typeof chunk === 'string') writeSync(logFd, chunk)
      else writeSync(logFd, chunk)
      const written = rest.find((argument) => typeof argument === 'function')
      if (written) process.nextTick(written)
      return true
    }
  }
}

/** A child process outlives nobody; and Ctrl-C, which reaches the whole group, is the stack's to answer. */
function endWithTheStack(): void {
  process.on('disconnect', () => process.exit(0))
  process.on('SIGINT', () => {})
}

function env(name: string): string {
  return process.env[name] ?? ''
}
