import { DisableKeyCommand, EncryptCommand } from '@aws-sdk/client-kms'
import type { SQSEvent } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { operations } from '../../../lib/contract/index.ts'
import { dataKeys, type WrappedKey, type WrappedKeyStore } from '../../../lib/crypto/data-keys.ts'
import { SealBroken } from '../../../lib/crypto/envelope.ts'
import { kmsWrapper } from '../../../lib/crypto/kms-wrapper.ts'
import { vault } from '../../../lib/crypto/vault.ts'
import { deadlineSignal, remainingMs } from '../../../lib/domain/deadline.ts'
import { clientOptions } from '../../../lib/runtime/aws-clients.ts'
import { endpoint } from '../../../lib/runtime/endpoint.ts'
import { logger } from '../../../lib/runtime/logger.ts'
import { readJobMessage } from '../../../lib/runtime/messages.ts'
import { problemOf } from '../../../lib/runtime/problem-of.ts'
import { worker } from '../../../lib/runtime/worker.ts'
import { aKms, type TestKms } from '../../local/kms/local-kms.ts'
import { aContext, aRequest } from '../../runtime/events.ts'
import { builtStack, listOf, type Statement } from '../support.ts'

// What works on one machine and breaks on AWS, and how it would show here: time, rights and keys of functions.

vi.spyOn(logger, 'info').mockReturnValue(undefined)
vi.spyOn(logger, 'error').mockReturnValue(undefined)

const stack = builtStack()
const { api, functions, eventSources } = stack.read()
const statements = (stack.resolve().resources('AWS::IAM::Role') as [string, { Policies: unknown }][]).flatMap(
  ([, { Policies }]) =>
    (Policies as { PolicyDocument: { Statement: Statement[] } }[]).flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    ),
)
const actionsOf = ({ Action }: Statement): string[] => listOf(Action)

describe('trap 13: the gateway gives up after 29 seconds, whatever the function may take', () => {
  test('no method waits longer, and what takes longer than that is only what saves tokens', () => {
    const timeoutOf = new Map(functions.map(({ logicalId, timeoutSeconds }) => [logicalId, timeoutSeconds]))

    for (const { functionId, timeoutMs } of api.routes) {
      expect(timeoutMs).toBe(29_000)
      expect([29, 60]).toContain(timeoutOf.get(functionId))
    }
    for (const { timeoutSeconds, grants } of operations) {
      if (timeoutSeconds !== undefined) expect(grants.join()).toMatch(/(open|seal):grant|seal:flow/)
    }
  })

  test('a request has 27 seconds, less what the gateway has spent, and less what the function has left', async () => {
    const budget = async (elapsedMs: number, functionMs: number) => {
      let left = 0
      let signal: AbortSignal | undefined
      const row = operations.find(({ id }) => id === 'getOpenapi')
      if (!row) throw new Error('There is no operation getOpenapi')
      await endpoint(row)(async () => {
        left = remainingMs()
        signal = deadlineSignal()
        return { status: 200, body: {} } as never
      })(aRequest({ elapsedMs }), aContext(functionMs))
      expect(signal).toBeInstanceOf(AbortSignal)
      return Math.round(left / 1000)
    }

    expect(await budget(0, 60_000)).toBe(27)
    expect(await budget(20_000, 60_000)).toBe(7)
    expect(await budget(0, 3_500)).toBe(3)
  })

  test('a call to AWS has limits of its own, which the SDK has not', () => {
    const { maxAttempts, requestHandler } = clientOptions(undefined)

    expect(maxAttempts * (requestHandler.connectionTimeout + requestHandler.requestTimeout)).toBeLessThan(27_000)
    expect(requestHandler.throwOnRequestTimeout).toBe(true)
  })
})

test('trap 14: a message comes back before its worker is done: it is hidden for six times as long', () => {
  const queues = stack.resolve().resources('AWS::SQS::Queue') as [string, Record<string, never>][]
  expect(eventSources).toHaveLength(2)
  for (const { queueArn, functionId, reportsItemFailures } of eventSources) {
    const [, queue] = queues.find(([id]) => stack.resolve().physical(id).attributes.Arn === queueArn) ?? []
    const seconds = functions.find(({ logicalId }) => logicalId === functionId)?.timeoutSeconds ?? Number.NaN

    expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * seconds)
    expect(queue?.RedrivePolicy).toMatchObject({ maxReceiveCount: 5, deadLetterTargetArn: expect.any(String) })
    expect(reportsItemFailures).toBe(true)
  }
})

test('trap 15: one bad message takes its whole batch with it: only the bad one is reported', async () => {
  const done: string[] = []
  const handler = worker({
    read: readJobMessage,
    run: async ({ jobId }) => {
      if (jobId === 'poison') throw new Error('poisoned')
      if (!done.includes(jobId)) done.push(jobId)
    },
    giveUp: async () => undefined,
  })
  const records = ['one', 'poison', 'two', 'two', 'three'].map((jobId, at) => ({
    messageId: `${at}`,
    body: JSON.stringify({ orgId: 'acme', jobId }),
    attributes: { ApproximateReceiveCount: '1' },
  }))

  const answer = await handler({ Records: records } as unknown as SQSEvent, aContext())

  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] })
  expect(done).toEqual(['one', 'two', 'three'])
})

test('trap 16: IAM refuses what a stub lets through: an index has an ARN of its own, and nothing else queries it', () => {
  const onIndex = statements.filter(({ Resource }) => listOf(Resource).some((arn) => arn.includes('/index/')))

  // What each function does on the wire is compared with its rights in test/journeys/permissions.test.ts.
  expect(onIndex.flatMap(actionsOf)).toEqual(['dynamodb:Query'])
  expect(onIndex.flatMap(({ Resource }) => listOf(Resource))).toEqual([expect.stringMatching(/\/index\/due$/)])
})

test('trap 17: a grant of the CDK hands out kms:Decrypt unconditionally: ours is always held to its use', () => {
  for (const statement of statements) {
    for (const action of actionsOf(statement)) {
      expect(action).not.toMatch(/\*|dynamodb:Scan|ReEncrypt|CreateGrant/)
      if (!action.startsWith('kms:')) continue
      expect(statement.Condition?.StringEquals).toMatchObject({
        'kms:EncryptionContext:app': 'grantkeeper',
        'kms:EncryptionContext:kind': expect.any(Array),
      })
    }
  }
})

describe('trap 18: KMS takes 4,096 bytes, and nothing under another context', () => {
  let kms: TestKms
  beforeAll(async () => {
    kms = await aKms()
  })
  afterAll(() => kms.remove())

  /** A vault that keeps no key, over a KMS key of its own. */
  const aVault = async () => {
    const rows: WrappedKey[] = []
    const store: WrappedKeyStore = {
      newest: async () => rows.at(-1),
      get: async (_orgId, _kind, number) => rows.find((row) => row.number === number),
      add: async (_orgId, _kind, key) => rows.push(key) > 0,
      rewrap: async () => false,
      postpone: async () => false,
    }
    const keyId = await kms.aKey()
    return { keyId, vault: vault(dataKeys(store, kmsWrapper(kms.client, keyId), 0)) }
  }
  const where = { orgId: 'acme', kind: 'grant', id: 'one', field: 'accessToken', version: 1 } as const

  test('a token of 6 KB is sealed, and opens under its own words alone', async () => {
    const { vault } = await aVault()
    const token = 'x'.repeat(6 * 1024)

    const sealed = await vault.seal(where, token)

    expect(await vault.open(where, sealed)).toBe(token)
    await expect(vault.open({ ...where, id: 'other' }, sealed)).rejects.toThrow(SealBroken)
  })

  test('which is why the token itself never goes to KMS: 4,097 bytes are refused here as there', async () => {
    const Plaintext = Buffer.alloc(4097)

    const answer = kms.client.send(new EncryptCommand({ KeyId: await kms.aKey(), Plaintext }))

    await expect(answer).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('a KMS that throttles is to be asked again: 503, with Retry-After', () => {
    const problem = problemOf(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }))

    expect(problem).toMatchObject({ code: 'tryAgain', status: 503 })
    expect(problem.retryAfterSeconds).toBeGreaterThan(0)
  })

  test('a key that is switched off is told from a broken seal', async () => {
    const { vault, keyId } = await aVault()
    const sealed = await vault.seal(where, 'token')
    await kms.client.send(new DisableKeyCommand({ KeyId: keyId }))

    const error = await vault.open(where, sealed).catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({ name: 'DisabledException' })
    expect(problemOf(error).code).toBe('internal')
  })

  test('a data key does not open under the words of another organization or kind', async () => {
    const wrapper = kmsWrapper(kms.client, await kms.aKey())
    const context = { orgId: 'acme', kind: 'grant', number: 1 } as const
    const { key, ...wrapping } = await wrapper.generate(context)

    expect(await wrapper.unwrap(context, wrapping)).toEqual(key)
    for (const other of [{ orgId: 'globex' }, { kind: 'flow' }, { number: 2 }] as const) {
      const unwrapped = wrapper.unwrap({ ...context, ...other }, wrapping)
      await expect(unwrapped).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
    }
  })
})
