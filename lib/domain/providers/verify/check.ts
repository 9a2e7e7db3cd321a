import type * as z from 'zod'
import type { verification } from '../../../contract/schemas/verification.ts'
import { remainingMs, withDeadline } from '../../deadline.ts'
import { UpstreamFailure } from '../../upstream-failure.ts'
import { upstreamProblem } from '../../upstream-problem.ts'

/** One thing that was looked at, and what came of it. */
export type Check = z.input<typeof verification>['data'][number]
export type CheckName = Check['check']

export const passed = (check: CheckName, message: string): Check => ({ check, result: 'passed', message })
export const failed = (check: CheckName, message: string, fix: string): Check => ({
  check,
  result: 'failed',
  message,
  fix,
})
export const skipped = (check: CheckName, message: string): Check => ({ check, result: 'skipped', message })
export const unknown = (check: CheckName, message: string): Check => ({ check, result: 'unknown', message })

/** The most that one question to a provider may take. */
const CHECK_MS = 8_000

/** Runs one question to a provider within its time. Throws `internetOff` where none may be asked at all. */
export const withinTime = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
  try {
    return await withDeadline(Math.min(CHECK_MS, remainingMs()), ask)
  } catch (error) {
    throw error instanceof UpstreamFailure && error.offline ? upstreamProblem(error) : error
  }
}
