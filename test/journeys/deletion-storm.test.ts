import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { aBackdoor, type Backdoor } from '../support/backdoor.ts'
import { deep } from '../support/deep.ts'
import type { Fault, FaultProxyCall } from '../support/fault-proxy.ts'
import { anAdmin, type Json } from '../support/grantkeeper.ts'
import { detailsOf, jobIdIn, untilFinished, workersOf } from '../support/jobs.ts'
import { keepGrants } from '../support/many-grants.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'

const GRANTS = deep ? 3000 : 300
const KILLS = deep ? 60 : 10
/** Calls of the workers between two kills, so that all of them strike while there still is something to do. */
const BETWEEN_KILLS = deep ? ([97, 131] as const) : ([61, 83] as const)

let grantkeeper: ProxiedGrantkeeper
let backdoor: Backdoor
let sqs: SQSClient
/** All that was seen of the job while it ran, and once more afterwards. */
let history: Json[]
let last: Json
let rows: Json[]
let provider: Json
let neighbour: Json
let kills = 0

beforeAll(async () => {
  grantkeeper = await aProxiedGrantkeeper()
  backdoor = aBackdoor(grantkeeper.stack, grantkeeper.direct)
  sqs = new SQSClient(clientConfig(grantkeeper.direct.sqs, 'us-east-1'))
  const { proxiedProvider, upstream } = grantkeeper
  const admin = await anAdmin(grantkeeper)
  provider = (await admin.post('/providers/', proxiedProvider)).body
  neighbour = (await admin.post('/providers/', proxiedProvider)).body
  await keepGrants(backdoor, provider, await upstream.control.issueGrants(GRANTS))
  await keepGrants(backdoor, neighbour, await upstream.control.issueGrants(10))
  await beginStorm()

  const job = { orgId: 'acme', jobId: jobIdIn(await admin.delete(`/providers/${provider.id}/`)) }
  history = await untilFinished(admin, job.jobId, { withinMs: GRANTS * 400, meanwhile: reviveWhenStuck(job) })
  // Messages that are still under way change nothing any more.
  const chunks = (await backdoor.rows()).filter(({ pk }) => pk.startsWith('CHUNK#'))
  const workers = workersOf(grantkeeper.stack, backdoor)
  await workers.runJob(job)
  await Promise.all(chunks.map(({ id }) => workers.deleteChunk({ ...job, chunkId: id })))
  last = (await admin.get(`/jobs/${job.jobId}/`)).body
  rows = await backdoor.rows()
}, 1_300_000)

afterAll(async () => {
  sqs.destroy()
  backdoor.close()
  await grantkeeper.close()
})

describe('a deletion whose messages come three times in any order, whose workers die and whose writes collide', () => {
  test('was killed, throttled and lied to all the way', () => {
    const struck = new Set(grantkeeper.proxies.dynamodb.calls().map(({ fault }) => fault))

    expect(kills).toBe(KILLS)
    expect([...struck]).toEqual(
      expect.arrayContaining(['kill', 'transactionConflict', 'lostAnswer', 'throttle', 'error']),
    )
  })

  test('is completed, and every grant is counted once', () => {
    const { authorization_ids, ...counts } = detailsOf(last)

    expect(last.status).toBe('COMPLETED')
    expect(counts).toEqual({
      provider_id: provider.id,
      authorization_count: String(GRANTS),
      deleted_count: String(GRANTS),
      revoked_count: String(GRANTS),
      revocation_failed_count: '0',
      revocation_unsupported_count: '0',
      spared_count: '0',
    })
    expect(new Set(JSON.parse(authorization_ids ?? '')).size).toBe(Math.min(GRANTS, 1000))
  })

  test('leaves no grant alive upstream, and none of a neighbour dead', async () => {
    const live = await grantkeeper.upstream.control.liveGrants()

    expect(live).toHaveLength(10)
    expect(rows.filter(({ pk }) => pk.startsWith('GRANT#')).map(({ providerId }) => providerId)).toEqual(
      Array.from({ length: 10 }, () => neighbour.id),
    )
  })

  test('leaves nothing of the provider in the table but the job that tells of it', () => {
    const left = rows.filter((row) => JSON.stringify(row).includes(provider.id))

    expect(left.map(({ pk }) => pk.split('#')[0])).toEqual(['JOB'])
    expect(rows.filter(({ pk }) => /^(MEMBER|USER|SIBLING)#/.test(pk))).toHaveLength(3 * 10)
    expect(rows.filter(({ pk }) => /^(PROV|SECRET|SLUG)#/.test(pk))).toHaveLength(3)
  })

  test('lets nothing expire but what is finished', () => {
    const expiring = rows.filter(({ ttl }) => ttl !== undefined)
    const chunks = rows.filter(({ pk }) => pk.startsWith('CHUNK#'))

    expect(new Set(expiring.map(({ pk }) => pk.split('#')[0]))).toEqual(new Set(['JOB', 'CHUNK']))
    expect(chunks.filter(({ sk, ttl }) => !sk.startsWith('DONE#') || ttl === undefined)).toEqual([])
    // Data keys are looked at now and then, for ever.
    expect(rows.filter(({ pk, duePk }) => duePk !== undefined && !pk.startsWith('DATAKEY#'))).toEqual([])
  })
})

describe('whoever watches the job sees', () => {
  test('its status move forward only, and end once', () => {
    const statuses = [...history, last].map(({ status }) => status)

    expect(statuses).toEqual([...statuses].sort((a, b) => ranks.indexOf(a) - ranks.indexOf(b)))
    expect(last).toEqual(history.at(-1))
  })

  test('one time of start and one of end, each only from then on', () => {
    const times = (name: string) => new Set(history.flatMap((job) => job[name] ?? []))

    expect(times('startedAt').size).toBe(1)
    expect(times('finishedAt').size).toBe(1)
    expect(history.filter(({ status, startedAt }) => status === 'PENDING' && startedAt !== undefined)).toEqual([])
    expect(history.slice(0, -1).filter(({ finishedAt }) => finishedAt !== undefined)).toEqual([])
  })

  test.each(['authorization_count', 'deleted_count', 'revoked_count'])('%s never go down', (name) => {
    const counts = history.map((job) => Number(detailsOf(job)[name] ?? 0))

    expect(counts).toEqual([...counts].sort((a, b) => a - b))
  })
})

const ranks = ['PENDING', 'RUNNING', 'COMPLETED', 'ERROR']

/** Sets the faults on the wire: every so many calls of the workers meet one. */
const beginStorm = async (): Promise<void> => {
  const { stack, proxies } = grantkeeper
  const workers = ['run-job', 'delete-chunk'].map((file) => stack.functionId(`workers/${file}`))
  const ofWorkers = ({ caller }: FaultProxyCall): boolean => workers.some((id) => caller === `LOCAL${id}`)
  const kill = ({ caller = '' }: FaultProxyCall): void => {
    kills += 1
    stack.functions.kill(caller.slice('LOCAL'.length))
  }
  const writes = (call: FaultProxyCall): boolean => ofWorkers(call) && call.operation === 'TransactWriteItems'
  const times = Number.POSITIVE_INFINITY
  const faults: Fault[] = [
    { match: every(BETWEEN_KILLS[0], ofWorkers), times: Math.ceil(KILLS / 2), kind: 'kill', when: 'before', kill },
    { match: every(BETWEEN_KILLS[1], ofWorkers), times: Math.floor(KILLS / 2), kind: 'kill', when: 'after', kill },
    { match: every(11, writes), times, kind: 'transactionConflict' },
    { match: every(19, ofWorkers), times, kind: 'lostAnswer' },
    { match: every(37, ofWorkers), times, kind: 'throttle' },
    { match: every(41, ofWorkers), times, kind: 'error' },
  ]
  proxies.dynamodb.plan(faults)
  proxies.sqs.plan({ match: every(3, isSend), times, kind: 'lostAnswer' })

  // Two more copies of every message, later than others that were sent after it; and the first three chunks come to two
  // workers at the very same time.
  const { deleteChunk } = workersOf(stack, backdoor)
  let copies = 0
  let chunks = 0
  proxies.sqs.onCall((call) => {
    if (!isSend(call)) return
    const { QueueUrl, Entries } = call.body as Json
    for (const { MessageBody } of Entries) {
      const message = JSON.parse(MessageBody)
      if (!message.chunkId || chunks++ >= 3) continue
      for (const _ of ['one', 'other']) void deleteChunk(message)
    }
    for (const { MessageBody } of [...Entries, ...Entries]) {
      const DelaySeconds = (copies++ * 7) % 4
      void sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }))
    }
  })
  // Messages of killed workers come back while the test still runs, but not so soon that any comes a fifth time.
  for (const queue of ['GrantkeeperJobsQueue', 'GrantkeeperChunksQueue']) {
    const QueueUrl = stack.queueUrl(queue)
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '30' } }))
  }
}

const isSend = ({ operation, caller }: FaultProxyCall): boolean =>
  operation === 'SendMessageBatch' && caller !== 'LOCALPLATFORM'

/** Every so manieth of the calls that are meant. */
const every = (number: number, isMeant: (call: FaultProxyCall) => boolean) => {
  let count = 0
  return (call: FaultProxyCall): boolean => isMeant(call) && ++count % number === 0
}

/** Plays the sweeper's clock: it looks at the job when nothing was deleted for a while, three times at most. */
const reviveWhenStuck = (job: { orgId: string; jobId: string }) => {
  const workers = workersOf(grantkeeper.stack, backdoor)
  let seen = ''
  let since = performance.now()
  let revivals = 0
  return async (now: Json): Promise<void> => {
    const { deleted_count = '' } = detailsOf(now)
    if (deleted_count !== seen) {
      seen = deleted_count
      revivals = 0
      since = performance.now()
    }
    if (performance.now() - since < 4000 || revivals === 3) return
    since = performance.now()
    revivals += 1
    await workers.sweep(job)
  }
}
