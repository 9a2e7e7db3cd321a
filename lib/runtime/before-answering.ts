import { Problem } from '../domain/problem.ts'

const pending = new Set<Promise<void>>()

/** Begins what must be done by the time that this invocation answers; it goes on beside everything else. */
export const beforeAnswering = (work: Promise<void>): void => {
  // Looked at in `allDone`; until then a failure must not end the process.
  work.catch(() => undefined)
  pending.add(work)
}

/** Waits for all of it. Throws `notCopied`. An environment serves one invocation at a time. */
export const allDone = async (): Promise<void> => {
  const work = [...pending]
  pending.clear()
  await Promise.all(work).catch((cause: unknown) => {
    throw new Problem('notCopied', { cause })
  })
}
