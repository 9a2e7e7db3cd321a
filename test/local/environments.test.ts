import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type FunctionsOptions, startFunctions } from '../../lib/local/environments/functions.ts'
import type { FunctionDefinition, Functions } from '../../lib/local/model.ts'

const codeDir = path.join(import.meta.dirname, 'fixtures/functions')
const logDir = mkdtempSync(path.join(tmpdir(), 'environments-'))
const started: Functions[] = []

function aFunction(values: Partial<FunctionDefinition> = {}): FunctionDefinition {
  return {
    logicalId: 'Fn',
    codeDir,
    handler: 'lambda.act',
    timeoutSeconds: 10,
    memoryMiB: 128,
    environment: { TABLE: 'grants', AWS_REGION: 'eu-west-1' },
    ...values,
  }
}

function start(kind: 'thread' | 'process', definition = aFunction(), options: Partial<FunctionsOptions> = {}) {
  const functions = startFunctions([definition], { environments: 1, kind, logDir, ...options })
  started.push(functions)
  return functions
}

const logged = (logicalId: string) => readFileSync(path.join(logDir, `${logicalId}.log`), 'utf8')

afterEach(() => Promise.all(started.splice(0).map((functions) => functions.close())))
afterAll(() => rmSync(logDir, { recursive: true }))

describe.each(['thread', 'process'] as const)('an execution environment in a %s', (kind) => {
  test('sees its own variables and those of Lambda, none of the stack and nothing that says it is Lambda', async () => {
    const functions = start(kind, aFunction({ logicalId: 'ListFn', handler: 'lambda.echo' }))

    const result = await functions.invoke('ListFn', {})

    const { environment } = (result as { payload: { environment: Record<string, string> } }).payload
    expect(environment).toMatchObject({
      TABLE: 'grants',
      AWS_LAMBDA_FUNCTION_NAME: 'ListFn',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/ListFn',
      LAMBDA_TASK_ROOT: codeDir,
    })
    for (const name of ['HOME', 'NODE_OPTIONS', 'JEST_WORKER_ID', 'AWS_LAMBDA_RUNTIME_API', 'AWS_EXECUTION_ENV'])
      expect(environment).not.toHaveProperty(name)
  })

  test('gives the handler the event and the context of Lambda', async () => {
    const functions = start(kind, aFunction({ handler: 'lambda.echo' }))

    const result = await functions.invoke('Fn', { when: new Date(0), gone: undefined })

    expect(result).toMatchObject({
      kind: 'ok',
      payload: {
        event: { when: '1970-01-01T00:00:00.000Z' },
        context: {
          awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          functionName: 'Fn',
          functionVersion: '$LATEST',
          invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:Fn',
          memoryLimitInMB: '128',
          logGroupName: '/aws/lambda/Fn',
          logStreamName: expect.stringContaining('[$LATEST]'),
        },
      },
    })
    const { remainingMs } = (result as { payload: { remainingMs: number } }).payload
    expect(remainingMs).toBeGreaterThan(0)
    expect(remainingMs).toBeLessThanOrEqual(10_000)
  })

  test.each([
    ['an exception', { do: 'throw' }, { errorType: 'NotThere', errorMessage: 'no such thing' }],
    ['a thrown text', { do: 'throwText' }, { errorType: 'string', errorMessage: 'a text' }],
    ['a result that is no JSON', { do: 'return', what: 'circular' }, { errorType: 'TypeError' }],
    ['a result too large', { do: 'return', what: 'tooLarge' }, { errorType: 'Function.ResponseSizeTooLarge' }],
  ])('answers %s as an error and stays', async (_, event, error) => {
    const functions = start(kind)

    const result = await functions.invoke('Fn', event)
    const next = await functions.invoke('Fn', { do: 'nothing' })

    expect(result).toMatchObject({ kind: 'error', ...error })
    expect(next).toEqual({ kind: 'ok', payload: { did: 'nothing', invocations: 2 } })
  })

  test.each([
    ['process.exit', { do: 'exit' }],
    ['an unhandled rejection', { do: 'crash' }],
    ['memory that runs out', { do: 'fill' }],
  ])('dies of %s, and the next request gets a new one', async (_, event) => {
    const functions = start(kind)

    const result = await functions.invoke('Fn', event)
    const next = await functions.invoke('Fn', { do: 'nothing' })

    expect(result).toEqual({ kind: 'exit' })
    expect(next).toMatchObject({ kind: 'ok', payload: { invocations: 1 } })
  })

  test('is destroyed when the timeout passes, even in an endless loop', async () => {
    const functions = start(kind, aFunction({ logicalId: 'Slow', timeoutSeconds: 0.2 }))

    const result = await functions.invoke('Slow', { do: 'spin' })
    const next = await functions.invoke('Slow', { do: 'nothing' })

    expect(result).toEqual({ kind: 'timeout' })
    expect(next).toMatchObject({ payload: { invocations: 1 } })
    expect(logged('Slow')).toContain('Task timed out after 0.20 seconds')
  })

  test('killed from outside, the invocation in flight answers exit', async () => {
    const functions = start(kind)
    await functions.invoke('Fn', { do: 'nothing' })
    const inFlight = functions.invoke('Fn', { do: 'spin' })

    const killed = functions.kill('Fn')

    expect(killed).toBe(1)
    expect(await inFlight).toEqual({ kind: 'exit' })
    expect(functions.kill()).toBe(0)
    expect(await functions.invoke('Fn', { do: 'nothing' })).toMatchObject({ payload: { invocations: 1 } })
  })

  test('prints into the log of its function, before it answers', async () => {
    const functions = start(kind, aFunction({ logicalId: `Printer${kind}` }))

    await functions.invoke(`Printer${kind}`, { do: 'print', text: 'one line' })

    expect(logged(`Printer${kind}`)).toContain('one line\none line as an error\n')
  })

  test('ends with the stack, whatever it does', async () => {
    const functions = start(kind)
    await functions.invoke('Fn', { do: 'nothing' })
    const inFlight = functions.invoke('Fn', { do: 'spin' })
    const waiting = functions.invoke('Fn', { do: 'nothing' })

    await functions.close()

    expect(await inFlight).toEqual({ kind: 'exit' })
    expect(await waiting).toEqual({ kind: 'exit' })
    expect(await functions.invoke('Fn', {})).toEqual({ kind: 'exit' })
  })
})

test('a process ends when the stack is killed', async () => {
  const module = new URL('../../lib/local/environments/functions.ts', import.meta.url).href
  const script = `const { startFunctions } = await import('${module}')
    const functions = startFunctions([${JSON.stringify(aFunction())}], ${JSON.stringify({ environments: 1, kind: 'process', logDir })})
    const result = await functions.invoke('Fn', { do: 'return', what: 'pid' })
    console.log(result.payload)`
  const stack = spawn(process.execPath, ['--input-type=module', '-e', script])
  const [printed] = await once(stack.stdout, 'data')
  const pid = Number(printed)

  stack.kill('SIGKILL')

  await expect(gone(pid)).resolves.toBe(true)
})

async function gone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

describe('a result crosses as JSON', () => {
  test.each([
    ['undefined', null],
    ['dates', { at: '1970-01-01T00:00:00.000Z', list: [null, null] }],
    ['largest', 'x'.repeat(6_291_554)],
  ])('%s', async (what, payload) => {
    const functions = start('thread')

    const result = await functions.invoke('Fn', { do: 'return', what })

    expect(result).toEqual({ kind: 'ok', payload })
  })
})

describe('a handler is found as on Lambda', () => {
  test('in a .js file when there is no .mjs', async () => {
    const functions = start('thread', aFunction({ handler: 'plain.handler' }))

    const result = await functions.invoke('Fn', {})

    expect(result).toEqual({ kind: 'ok', payload: 'from a .js file' })
  })

  test.each([
    ['lambda.missing', 'Runtime.HandlerNotFound'],
    ['lambda.notAFunction', 'Runtime.HandlerNotFound'],
    ['lambda.callback', 'Runtime.CallbackHandlerDeprecated'],
    ['nowhere/to-be-found.handler', 'Runtime.ImportModuleError'],
    ['broken.handler', 'TypeError'],
  ])('%s answers %s', async (handler, errorType) => {
    const functions = start('thread', aFunction({ handler }))

    const result = await functions.invoke('Fn', {})

    expect(result).toMatchObject({ kind: 'error', errorType })
  })

  test('only in functions of the stack', async () => {
    const functions = start('thread')

    await expect(functions.invoke('Other', {})).rejects.toThrow('no function Other in this stack')
  })
})

describe('the environments of a function', () => {
  test('serve one invocation at a time, and further requests in order', async () => {
    const functions = start('thread')

    const results = await Promise.all([1, 2, 3].map(() => functions.invoke('Fn', { do: 'wait', ms: 5 })))

    expect(results).toMatchObject([1, 2, 3].map((invocations) => ({ payload: { invocations } })))
  })

  test('grow in number up to the limit', async () => {
    const functions = start('thread', aFunction(), { environments: 2 })

    const results = await Promise.all([1, 2, 3].map(() => functions.invoke('Fn', { do: 'wait', ms: 200 })))

    const counts = results.map((result) => (result as { payload: { invocations: number } }).payload.invocations)
    expect(counts).toEqual([1, 1, 2])
    expect(functions.kill()).toBe(2)
  })

  test('are dropped when idle', async () => {
    const functions = start('thread', aFunction(), { idleMs: 1 })
    await functions.invoke('Fn', { do: 'nothing' })

    await new Promise((resolve) => setTimeout(resolve, 50))

    expect(functions.kill()).toBe(0)
  })

  test('let a request go that gave up while it waited, and only then', async () => {
    const functions = start('thread')
    const controller = new AbortController()
    const begun = functions.invoke('Fn', { do: 'wait', ms: 50 }, controller.signal)
    const waiting = functions.invoke('Fn', { do: 'nothing' }, controller.signal)

    controller.abort()

    expect(await waiting).toMatchObject({ kind: 'error', errorType: 'Lambda.TooManyRequestsException' })
    expect(await begun).toMatchObject({ kind: 'ok' })
    expect(await functions.invoke('Fn', { do: 'nothing' })).toMatchObject({ payload: { invocations: 2 } })
  })

  test('refuse an event over 6,291,456 bytes', async () => {
    const functions = start('thread')

    const result = await functions.invoke('Fn', 'é'.repeat(3_145_728))

    expect(result).toMatchObject({ kind: 'error', errorType: 'Lambda.RequestTooLargeException' })
  })
})
