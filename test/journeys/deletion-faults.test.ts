import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteItem } from '../../lib/storage/table.ts'
import { deep } from '../support/deep.ts'
import type { Fault, FaultProxyCall } from '../support/fault-proxy.ts'
import { aJobLab, type JobLab, type Scene } from '../support/job-lab.ts'
import { detailsOf, isFinished, jobIdIn } from '../support/jobs.ts'

/**
 * One fault at each outgoing call of a deletion: of the request, the job's worker and the chunk's, to the table, the
 * queues, KMS and the provider. By default every sixth call of each fault is struck, in deep runs every one.
 */
const STRIDE = deep ? 1 : 6
const GRANTS = 2

let lab: JobLab
/** The calls of a deletion that nothing strikes, as `service operation`. */
let calls: string[]
beforeAll(async () => {
  lab = await aJobLab({ held: true })
  calls = await listCalls()
}, 60_000)
afterAll(() => lab.close())

type Effect =
  | { kind: 'error' }
  | { kind: 'lostAnswer' }
  | { kind: 'throttle' }
  | { kind: 'hang' }
  | { kind: 'kill'; when: 'before' | 'after'; kill: (call: FaultProxyCall) => void }

const kill = ({ caller }: FaultProxyCall): void => {
  // A call to a provider does not say who makes it; in a deletion only the chunk's worker does.
  const id = caller?.slice('LOCAL'.length) ?? lab.grantkeeper.stack.functionId('workers/delete-chunk')
  lab.grantkeeper.stack.functions.kill(id)
}

interface Row {
  readonly name: string
  readonly effect: Effect
  /** A call that fails is repeated twice by the SDK. */
  readonly times: number
  /** Cases that run side by side; a kill ends all of its function's environments. */
  readonly together: number
}

const rows: Row[] = [
  { name: 'fails once', effect: { kind: 'error' }, times: 1, together: 4 },
  { name: 'fails until the SDK gives up', effect: { kind: 'error' }, times: 3, together: 4 },
  { name: 'loses its answer once', effect: { kind: 'lostAnswer' }, times: 1, together: 4 },
  { name: 'loses its answer until the SDK gives up', effect: { kind: 'lostAnswer' }, times: 3, together: 4 },
  { name: 'is throttled once', effect: { kind: 'throttle' }, times: 1, together: 4 },
  { name: 'is throttled until the SDK gives up', effect: { kind: 'throttle' }, times: 3, together: 4 },
  { name: 'hangs once', effect: { kind: 'hang' }, times: 1, together: 4 },
  {
    name: 'dies with its caller before it is done',
    effect: { kind: 'kill', when: 'before', kill },
    times: 1,
    together: 1,
  },
  {
    name: 'dies with its caller when it is done',
    effect: { kind: 'kill', when: 'after', kill },
    times: 1,
    together: 1,
  },
]

describe('a deletion ends well whichever call', () => {
  test.each(rows)(
    '$name',
    async ({ name, effect, times, together }) => {
      const places = calls
        .map((_, place) => place)
        .filter((place) => (place + rows.findIndex((row) => row.name === name)) % STRIDE === 0)
      const failures: string[] = []
      let struck = 0

      for (let start = 0; start < places.length; start += together) {
        const cases = await Promise.all(
          places.slice(start, start + together).map((place) => arrange(place, effect, times)),
        )
        plan(cases.map(({ fault }) => fault))
        for (const result of await Promise.allSettled(cases.map(({ scene }) => deleteAll(scene)))) {
          if (result.status === 'rejected') failures.push(String(result.reason))
        }
        plan([])
        for (const { place, scene, wasStruck } of cases) {
          if (wasStruck()) struck += 1
          const wrong = await whatIsWrong(scene, calls[place] ?? '')
          if (wrong) failures.push(`${place} ${calls[place]}: ${wrong}`)
        }
      }

      expect(failures).toEqual([])
      // The last call or two may not come, where chunks run side by side or a cache is warm.
      expect(struck).toBeGreaterThanOrEqual(places.length - 2)
    },
    200_000,
  )
})

test('what a run had not cut when it broke off is cut once the last chunk is done', async () => {
  const scene = await lab.scene({ grants: 60, provider: { revocationScope: 'userAndApp' } })
  const job = { orgId: scene.orgId, jobId: jobIdIn(await scene.admin.delete(`/providers/${scene.provider.id}/`)) }
  await lab.workers.runJob(job)
  const { CHUNK = [] } = await scene.rows()
  const { table } = lab.backdoor
  // Chunks are written a hundred at a time: those of a large provider may stand in part.
  const [never] = CHUNK
  await deleteItem(table, { pk: never.pk, sk: never.sk }, { expression: 'attribute_exists(#pk)' })

  const sent = (): number => scene.sent().chunks.length
  for (let delivered = 0; delivered < sent(); delivered++) {
    const [message] = scene.sent().chunks.slice(delivered)
    if (message) await lab.workers.deleteChunk(message)
  }

  const { JOB: _, CHUNK: __, ...left } = await scene.rows()
  const [done] = (await scene.admin.get('/jobs/')).body.data
  expect([CHUNK.length, done.status, detailsOf(done).deleted_count]).toEqual([3, 'COMPLETED', '60'])
  expect(left).toEqual({})
  expect(await scene.live()).toEqual([])
})

test('there are as many places as a deletion has calls, to all four services', () => {
  expect(calls.length).toBeGreaterThan(25)
  expect(new Set(calls.map((call) => call.split(' ')[0]))).toEqual(new Set(['dynamodb', 'sqs', 'kms', 'upstream']))
})

/** A scene, and a fault that strikes its call at this place, and as many of its repetitions as are told. */
const arrange = async (place: number, effect: Effect, times: number) => {
  const scene = await lab.scene({ grants: GRANTS, provider: { revocationScope: 'userAndApp' } })
  let seen = 0
  let target: string | undefined
  const match = (call: FaultProxyCall): boolean => {
    if (!isCounted(scene, call)) return false
    const same = `${call.operation} ${JSON.stringify(call.body)}`
    if (seen++ === place) target = same
    return same === target
  }
  return { place, scene, fault: { match, times, ...effect } as Fault, wasStruck: () => target !== undefined }
}

const plan = (faults: readonly Fault[]): void => {
  const { dynamodb, kms, upstream } = lab.grantkeeper.proxies
  for (const proxy of [dynamodb, kms, upstream]) proxy.plan(faults)
  lab.planSqs(...faults)
}

const isCounted = (scene: Scene, call: FaultProxyCall): boolean => {
  if (call.service !== 'upstream' && !workers().has(call.caller ?? '')) return false
  return scene.concerns(call)
}

const workers = () =>
  new Set(
    ['externalOAuth/delete-provider', 'workers/run-job', 'workers/delete-chunk'].map(
      (file) => `LOCAL${lab.grantkeeper.stack.functionId(file)}`,
    ),
  )

/** The whole life of a deletion: the request until it is taken, then its messages, again by the sweeper if need be. */
const deleteAll = async (scene: Scene): Promise<void> => {
  const { admin, orgId, provider } = scene
  let answer = await admin.delete(`/providers/${provider.id}/`)
  if (answer.status >= 500) answer = await admin.delete(`/providers/${provider.id}/`)
  const job = { orgId, jobId: jobIdIn(answer) }
  let [jobs, chunks] = [0, 0]
  for (let looks = 0; looks < 4; looks++) {
    const deliver = async (): Promise<boolean> => {
      const sent = scene.sent()
      for (const message of sent.jobs.slice(jobs)) await lab.workers.runJob(message)
      for (const message of sent.chunks.slice(chunks)) await lab.workers.deleteChunk(message)
      const wasThere = sent.jobs.length > jobs || sent.chunks.length > chunks
      ;[jobs, chunks] = [sent.jobs.length, sent.chunks.length]
      return wasThere
    }
    for (let rounds = 0; rounds < 10 && (await deliver()); rounds++);
    if (isFinished((await admin.get(`/jobs/${job.jobId}/`)).body)) return
    await lab.workers.sweep(job)
  }
}

/** Undefined when all is as it should be. A revocation that the provider failed leaves its grant alive, and says so. */
const whatIsWrong = async (scene: Scene, call: string): Promise<string | undefined> => {
  const { data } = (await scene.admin.get('/jobs/')).body
  const [job] = data
  const { deleted_count, revoked_count, revocation_failed_count: failed = '' } = detailsOf(job)
  const { JOB, CHUNK = [], ...left } = await scene.rows()
  const live = await scene.live()
  const isUpstream = call.startsWith('upstream')
  if (data.length !== 1) return `${data.length} jobs`
  if (job.status !== 'COMPLETED') return `the job is ${job.status}`
  if (Object.keys(left).length > 0) return `left: ${Object.keys(left)}`
  if (JOB?.some(({ ttl, dueAt }) => !ttl || dueAt)) return 'the job does not expire, or is still due'
  if (CHUNK.some(({ sk, ttl }) => !ttl || !sk.startsWith('DONE#'))) return 'a chunk is open'
  if (deleted_count !== String(GRANTS)) return `${deleted_count} counted`
  if (Number(revoked_count) + Number(failed) !== GRANTS) return `${revoked_count} revoked, ${failed} failed`
  if (!isUpstream && failed !== '0') return `${failed} failed`
  if (live.length > Number(failed)) return `${live.length} live upstream`
  return undefined
}

const listCalls = async (): Promise<string[]> => {
  const scene = await lab.scene({ grants: GRANTS, provider: { revocationScope: 'userAndApp' } })
  const seen: string[] = []
  const listen = (call: FaultProxyCall) => {
    if (isCounted(scene, call)) seen.push(`${call.service} ${call.operation}`)
  }
  const stops = Object.values(lab.grantkeeper.proxies).map((proxy) => proxy.onCall(listen))
  await deleteAll(scene)
  for (const stop of stops) stop()
  const wrong = await whatIsWrong(scene, '')
  if (wrong) throw new Error(`Without any fault: ${wrong}`)
  return seen
}
