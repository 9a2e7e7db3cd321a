import { setTimeout as delay } from 'node:timers/promises'

/** Something that invokes functions by itself, until stopped. */
export interface EventLoop {
  /** Begins nothing new and waits, for a moment only, for what is under way. */
  stop(): Promise<void>
}

/** How long stopping waits for invocations under way, in milliseconds. What is left then ends with its environment. */
const patienceMs = 1500

/** Waits for work to settle, but not for ever. */
export async function settle(work: Promise<unknown>): Promise<void> {
  await Promise.race([work.catch(() => undefined), delay(patienceMs, undefined, { ref: false })])
}
