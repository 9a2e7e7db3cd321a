import { setTimeout as delay } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { expect, test, vi } from 'vitest'
import { startEvents } from '../../../lib/local/events/events.ts'
import { clientConfig } from '../../../lib/local/services/client-config.ts'

test('a rule whose function does not let it in never fires, which is printed once', async () => {
  const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const unused = clientConfig('http://127.0.0.1:9', 'us-east-1')
  const clients = { dynamodb: new DynamoDBClient(unused), sqs: new SQSClient(unused) }
  const ruleArn = 'arn:aws:events:us-east-1:000000000000:rule/Sweep'
  const rule = { ruleArn, functionId: 'Sweeper', intervalSeconds: 0.01 }
  const schedules = [
    { ...rule, isPermitted: false, input: 'forbidden' },
    { ...rule, isPermitted: true, input: 'permitted' },
  ]
  const seen: unknown[] = []
  const functions = {
    invoke: async (_: string, event: unknown) => {
      seen.push(event)
      return { kind: 'ok', payload: null } as const
    },
    kill: () => 0,
    close: async () => undefined,
  }

  const loop = startEvents({ schedules, eventSources: [], tables: [] }, functions, clients)
  for (let tries = 0; seen.length < 3 && tries < 500; tries++) await delay(10)
  await loop.stop()

  expect(new Set(seen)).toEqual(new Set(['permitted']))
  expect(print.mock.calls).toEqual([
    [`${ruleArn} is not authorized to perform: lambda:InvokeFunction on resource: Sweeper`],
  ])
  print.mockRestore()
})
