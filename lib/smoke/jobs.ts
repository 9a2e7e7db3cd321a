import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './ask.ts'
import type { Scene } from './check.ts'
import { described, expectStatus, fieldsOf, unexpected } from './describe.ts'
import { api } from './paths.ts'
import { Stopped, Unexpected } from './unexpected.ts'

const EVERY_MS = 1_000

/** The id of the job that a 202 tells of. Its URL is not followed: it may lead to another host. */
export const jobIdIn = (answer: Answer): string => {
  const { location } = fieldsOf(answer)
  const [, id] = new RegExp(`^https?://.+${api}/jobs/([\\w-]+)/$`).exec(String(location)) ?? []
  if (id === undefined) throw unexpected('the location of a job', answer)
  return id
}

/** Waits until a job is done. Throws `Unexpected` when it fails, or takes too long. */
export const untilCompleted = async ({ ask, options, stop }: Scene, id: string): Promise<void> => {
  const { jobWaitSeconds } = options
  const end = performance.now() + jobWaitSeconds * 1000
  for (;;) {
    const answer = await ask({ path: `${api}/jobs/${id}/`, token: true })
    expectStatus(answer, 200)
    const { status } = fieldsOf(answer)
    if (status === 'COMPLETED') return
    if (status === 'ERROR') throw unexpected('a job that is COMPLETED', answer)
    if (performance.now() > end) {
      throw new Unexpected(`expected a job that is COMPLETED within ${jobWaitSeconds} s; ${described(answer)}`)
    }
    await sleep(EVERY_MS, undefined, { signal: stop }).catch(() => {
      throw new Stopped()
    })
  }
}
