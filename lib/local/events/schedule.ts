import { randomUUID } from 'node:crypto'
import type { Functions } from '../model.ts'
import type { ScheduleDefinition } from '../template/schedules.ts'
import { type EventLoop, settle } from './event-loop.ts'

/** The longest interval a timer can hold, 24 days; a slower rate fires more often than told. */
const maxIntervalMs = 2 ** 31 - 1

/**
 * Invokes a function at once and then at the rule's rate, as EventBridge does from the creation of a rule on.
 * While a run goes on no other begins, so one that outlasts the interval lets firings pass.
 */
export function startSchedule(
  { functionId, ruleArn, intervalSeconds, input }: ScheduleDefinition,
  functions: Functions,
): EventLoop {
  let run: Promise<unknown> | undefined
  const fire = () => {
    // What came of a run is in the function's log; the next run is the retry.
    run ??= functions
      .invoke(functionId, input ?? scheduledEvent(ruleArn))
      .catch(() => undefined)
      .finally(() => {
        run = undefined
      })
  }
  const timer = setInterval(fire, Math.min(intervalSeconds * 1000, maxIntervalMs))
  fire()
  return {
    async stop() {
      clearInterval(timer)
      if (run) await settle(run)
    },
  }
}

function scheduledEvent(ruleArn: string) {
  const [, , , region, account] = ruleArn.split(':')
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account,
    time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [ruleArn],
    detail: {},
  }
}
