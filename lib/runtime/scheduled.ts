import type { Context } from 'aws-lambda'
import { withDeadline } from '../domain/deadline.ts'
import { allDone } from './before-answering.ts'
import { logger } from './logger.ts'
import { measure } from './metrics.ts'

/** How much was due, how much of it failed, and how many jobs do not move. */
interface Outcome {
  readonly due: number
  readonly failed: number
  readonly stuck: number
}

/** Left to answer in. */
const MARGIN_MS = 2_000

/** The Lambda handler of a schedule. What it throws is an error of the function, which its metrics count. */
export const scheduled =
  (name: string, work: () => Promise<Outcome>) =>
  async (_event: unknown, context: Context): Promise<void> => {
    const outcome = await withDeadline(context.getRemainingTimeInMillis() - MARGIN_MS, async () => {
      const counts = await work()
      await allDone()
      return counts
    })
    measure({ Due: outcome.due, Failed: outcome.failed, Stuck: outcome.stuck }, { Worker: name })
    logger.info(`${name} done`, { ...outcome })
  }
