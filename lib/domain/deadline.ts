import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from './problem.ts'

/**
 * The one deadline of a request. Every wait and every call takes its time from here, so that no caller is kept longer
 * than the gateway would wait. It is carried by the asynchronous context, not by thirty parameters.
 */
const store = new AsyncLocalStorage<{ readonly endsAt: number; readonly signal: AbortSignal }>()

/** Runs `work` with `ms` milliseconds, whatever deadline there was before. */
export const withDeadline = <Result>(ms: number, work: () => Promise<Result>): Promise<Result> => {
  const bounded = Math.max(0, Math.floor(ms))
  return store.run({ endsAt: performance.now() + bounded, signal: AbortSignal.timeout(bounded) }, work)
}

/** Milliseconds that are left; plenty outside of a request. */
export const remainingMs = (): number =>
  Math.max(0, (store.getStore()?.endsAt ?? Number.POSITIVE_INFINITY) - performance.now())

/** Aborts when the deadline has passed; undefined outside of a request. */
export const deadlineSignal = (): AbortSignal | undefined => store.getStore()?.signal

/** Waits. Throws `tryAgain` at once when the deadline would pass meanwhile. */
export const pause = async (ms: number): Promise<void> => {
  if (remainingMs() <= ms) throw new Problem('tryAgain')
  await sleep(ms)
}
