import { aBackdoor } from '../backdoor.ts'
import { eventually } from '../eventually.ts'
import type { Fault } from '../fault-proxy.ts'
import { aGrant, aProvider, type Json } from '../grantkeeper.ts'
import { jobIdIn, untilFinished, workersOf } from '../jobs.ts'
import { expecting, type Home, type Life } from './life.ts'

const forever = Number.POSITIVE_INFINITY
/** Messages stay in the queues, so that the workers are called by hand. */
const held: Fault = { match: ({ operation }) => operation === 'ReceiveMessage', times: forever, kind: 'hang', ms: 1000 }
const refusing: Fault = { match: ({ operation }) => operation === 'SendMessageBatch', times: forever, kind: 'error' }
const locked: Fault = { match: ({ operation }) => operation === 'Decrypt', times: forever, kind: 'error' }

/** Jobs that go well, jobs of which each worker despairs, and one that nobody takes up. */
export const jobLives = async (life: Life): Promise<void> => {
  const { org, admin, user, provider } = await life.home()
  await aGrant(user, provider.id, 'goes')
  await expecting(200, user.get('//api/v3/sources/user_connections/oauth/'))
  const statistics = jobIdIn(await admin.post('/jobs/', { type: 'STATS' }))
  await untilFinished(admin, statistics)
  await untilFinished(admin, jobIdIn(await admin.delete(`/providers/${provider.id}/`)))
  const empty = await aProvider(life.stack, {}, { org })
  await untilFinished(admin, jobIdIn(await admin.delete(`/providers/${empty.id}/`)))
  await expecting(200, admin.get('/jobs/'))

  const { sqs } = life.stack.proxies
  sqs.plan(held)
  // A poll that was under way still takes messages.
  await eventually(
    async () => new Set(sqs.calls().flatMap(({ fault, body }) => (fault === 'hang' ? [(body as Json).QueueUrl] : []))),
    ({ size }) => size === 2,
  )
  await despair(life)
  await handOn(life)
  sqs.plan([])
}

/** Each worker fails at the last receive of its message, and the sweeper after an hour. */
const despair = async (life: Life): Promise<void> => {
  const { sqs, kms } = life.stack.proxies
  const backdoor = aBackdoor(life.stack.stack, life.stack.direct)
  const { runJob, deleteChunk, sweep } = workersOf(life.stack.stack, backdoor)
  const home = await life.home()
  await aGrant(home.user, home.provider.id, 'stays')

  const first = await begin(home)
  await expecting(409, home.admin.post(`/jobs/${first.jobId}/stop/`))
  await runJob(first)
  // Its messages are taken for lost, and are sent again; the second time SQS refuses them.
  await sweep(first)
  await runJob(first)
  await sweep(first)
  sqs.plan([refusing, held])
  await runJob(first, 5)
  sqs.plan(held)

  const second = await begin(home)
  await runJob(second)
  life.cold('workers/delete-chunk')
  kms.plan(locked)
  await deleteChunk({ ...second, chunkId: await chunkOf(life, second.jobId) }, 5)
  kms.plan([])

  const third = await begin(home)
  await runJob(third)
  for (const minutes of [2, 61]) await sweep(third, minutes)
  backdoor.close()
}

/** What a chunk does not hold is found at its end; what another provider shares with the one that goes is spared. */
const handOn = async (life: Life): Promise<void> => {
  const backdoor = aBackdoor(life.stack.stack, life.stack.direct)
  const { runJob, deleteChunk } = workersOf(life.stack.stack, backdoor)
  const home = await life.home()
  const another = await aProvider(life.stack, { revocationScope: 'userAndApp' }, { org: home.org })
  for (const to of [home.provider, another]) await aGrant(home.user, to.id, 'both')
  await aGrant(home.user, home.provider.id, 'left-over')

  const job = await begin(home)
  await runJob(job)
  const chunkId = await chunkOf(life, job.jobId)
  const [row] = (await life.rows.of('CHUNK#')).filter(({ id }) => id === chunkId)
  await life.rows.change(row, { grantIds: row.grantIds.slice(0, 1) })
  await deleteChunk({ ...job, chunkId })
  backdoor.close()
}

const begin = async ({ org, admin, provider }: Home) => ({
  orgId: org,
  jobId: jobIdIn(await admin.delete(`/providers/${provider.id}/`)),
})

const chunkOf = async ({ rows }: Life, jobId: string): Promise<string> => {
  const open: Json[] = (await rows.of('CHUNK#')).filter((row) => row.jobId === jobId && row.sk.startsWith('OPEN#'))
  return open[0].id
}
