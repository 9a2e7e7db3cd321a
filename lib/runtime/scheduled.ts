import type { Context } from 'aws-lambda'
import { withDeadline } from '../domain/deadline.ts'
import { logger } from './logger.ts'

/** Left to answer in. */
const MARGIN_MS = 2_000

/** The Lambda handler of a schedule. What it throws is an error of the function, which its metrics count. */
export const scheduled =
  (name: string, work: () => Promise<Record<string, number>>) =>
  async (_event: unknown, context: Context): Promise<void> => {
    const outcome = await withDeadline(context.getRemainingTimeInMillis() - MARGIN_MS, work)
    logger.info(`${name} done`, outcome)
  }
