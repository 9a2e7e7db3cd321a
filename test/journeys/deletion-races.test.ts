import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grantKey } from '../../lib/storage/keys.ts'
import { deep } from '../support/deep.ts'
import { aCaller, aRedirect, type Caller } from '../support/grantkeeper.ts'
import { aJobLab, type JobLab, type Scene } from '../support/job-lab.ts'
import { detailsOf, jobIdIn, untilFinished } from '../support/jobs.ts'

const ROUNDS = deep ? 60 : 8

let lab: JobLab
beforeAll(async () => {
  lab = await aJobLab()
}, 30_000)
afterAll(() => lab.close())

/** The access tokens of these grants are over, so that whoever asks for one refreshes. */
const expire = async ({ orgId, grants }: Scene): Promise<void> => {
  const past = Date.now() - 1000
  for (const { id } of grants) {
    const life = { obtainedAt: past - 3_600_000, accessTokenExpiresAt: past }
    await lab.backdoor.change(grantKey(orgId, id), life)
  }
}

const pauseMs = (most: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * most))

describe('a provider is deleted while its users connect, refresh and disconnect', () => {
  test.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
    'round %i: nothing survives',
    async (round) => {
      const scene = await lab.scene({ grants: 6, users: 6 })
      const { orgId, admin, provider, grants } = scene
      const users = await Promise.all(grants.map(({ userId: user }) => aCaller(lab.grantkeeper, { user, org: orgId })))
      const flows = await Promise.all(users.slice(0, 3).map((user, n) => aRedirect(user, provider.id, `new-${n}`)))
      await expire(scene)
      const spread = 40 * (round % 4)

      const later = async (act: () => ReturnType<Caller['get']>) => {
        await pauseMs(spread)
        return act()
      }
      const [deletion, ...answers] = await Promise.all([
        later(() => admin.delete(`/providers/${provider.id}/`)),
        ...flows.map((flow, n) => later(async () => (users[n] ?? admin).post('/providers/callback/', flow))),
        ...users.map((user, n) => later(() => user.post(`/authorizedProviders/${grants[n]?.id}/accessToken/`))),
        later(() => admin.delete(`/authorizedProviders/${grants[5]?.id}/`)),
      ])
      const [job] = (await untilFinished(admin, jobIdIn(deletion))).slice(-1)
      const { JOB: _, CHUNK: __, FLOW = [], ...left } = await scene.rows()

      expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
      expect(job.status).toBe('COMPLETED')
      expect(detailsOf(job).deleted_count).toBe(detailsOf(job).revoked_count)
      expect(left).toEqual({})
      expect(FLOW.filter(({ ttl }) => ttl === undefined)).toEqual([])
      expect(await scene.live()).toEqual([])
    },
    60_000,
  )
})
