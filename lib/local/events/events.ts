import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Functions } from '../model.ts'
import { startTtl } from '../services/ttl.ts'
import type { ScheduleDefinition } from '../template/schedules.ts'
import type { StackDefinition } from '../template/stack-definition.ts'
import type { EventLoop } from './event-loop.ts'
import { startEventSource } from './event-source.ts'
import { startSchedule } from './schedule.ts'

/** Starts what happens in a stack without a request: queues are polled, rules fire, expired items go. */
export function startEvents(
  stack: Pick<StackDefinition, 'eventSources' | 'schedules' | 'tables'>,
  functions: Functions,
  clients: { readonly dynamodb: DynamoDBClient; readonly sqs: SQSClient },
): EventLoop {
  const loops = [
    ...stack.eventSources.map((source) => startEventSource(source, functions, clients.sqs)),
    ...stack.schedules.filter(mayFire).map((schedule) => startSchedule(schedule, functions)),
    startTtl(clients.dynamodb, stack.tables),
  ]
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}

/** A rule that may not invoke its target fires in vain, which on AWS only a metric tells. */
function mayFire({ isPermitted, ruleArn, functionId }: ScheduleDefinition): boolean {
  if (!isPermitted) {
    console.error(`${ruleArn} is not authorized to perform: lambda:InvokeFunction on resource: ${functionId}`)
  }
  return isPermitted
}
