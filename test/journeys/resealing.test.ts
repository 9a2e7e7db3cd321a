import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SealedKind } from '../../lib/contract/grant.ts'
import { keyNumberOf } from '../../lib/crypto/envelope.ts'
import { dataKeyKey, jobKey } from '../../lib/storage/keys.ts'
import { eventually } from '../support/eventually.ts'
import { aCaller, type Json } from '../support/grantkeeper.ts'
import { aJobLab, type JobLab, type Scene } from '../support/job-lab.ts'
import { detailsOf, jobIdIn } from '../support/jobs.ts'

/** Messages stay in the queues, so that the test says when and how often the job runs. */
let lab: JobLab
beforeAll(async () => {
  lab = await aJobLab({ held: true })
}, 30_000)
afterAll(() => lab.close())

const runnerId = () => `LOCAL${lab.grantkeeper.stack.functionId('workers/run-job')}`
const isOfGrant = (body: unknown): boolean => (body as Json).Key.pk.S.startsWith('GRANT#')

interface Job {
  readonly orgId: string
  readonly jobId: string
}

const start = async ({ orgId, admin }: Scene, fields: Json = {}): Promise<Job> => ({
  orgId,
  jobId: jobIdIn(await admin.post('/jobs/', { type: 'RESEAL', ...fields })),
})
const jobOf = async ({ admin }: Scene, { jobId }: Job): Promise<Json> => (await admin.get(`/jobs/${jobId}/`)).body

/** As if the time had passed in which somebody may still seal under the keys of before. */
const settle = async ({ orgId, jobId }: Job): Promise<void> => {
  const { pk } = jobKey(orgId, jobId)
  const row = (await lab.backdoor.rows()).find((found) => found.pk === pk && found.sk === jobId)
  await lab.backdoor.change(jobKey(orgId, jobId), {
    progress: { ...row.progress, settledAt: row.progress.roundAt + 1 },
  })
}

/** Runs the job to its end, with both of its rounds. */
const finish = async (scene: Scene, job: Job): Promise<Json> => {
  await lab.workers.runJob(job)
  await settle(job)
  await lab.workers.runJob(job)
  return jobOf(scene, job)
}

const keyNumbers = async (scene: Scene): Promise<Record<string, number[]>> => {
  const { GRANT = [], SECRET = [], CRED = [] } = await scene.rows()
  const secrets = SECRET.filter(({ sk }) => sk === scene.provider.secureConfigId)
  const numbersOf = (rows: Json[], ...fields: string[]): number[] =>
    [...new Set(rows.flatMap((row) => fields.flatMap((name) => (row[name] ? [keyNumberOf(row[name])] : []))))].sort()
  return {
    grants: numbersOf(GRANT, 'accessToken', 'refreshToken'),
    secrets: numbersOf(secrets, 'sealed'),
    credentials: numbersOf(CRED, 'shown', 'hidden'),
  }
}

const aCredential = async ({ orgId, admin }: Scene, value = 'c2VjcmV0'): Promise<Json> =>
  (await admin.post(`//organisations/${orgId}/credentials`, { name: 'Plain', type: 'Raw', data: { value } })).body

const tokenOf = async ({ orgId }: Scene, grant: Json): Promise<Json> =>
  (await aCaller(lab.grantkeeper, { org: orgId, user: grant.userId })).post(
    `/authorizedProviders/${grant.id}/accessToken/`,
  )

describe('sealing anew', () => {
  test('makes new data keys, and leaves nothing under the old ones that it could open', async () => {
    const scene = await lab.scene({ grants: 230 })
    const credential = await aCredential(scene)
    const { accessToken } = (await tokenOf(scene, scene.grants[0])).body

    const started = await start(scene)
    const { dynamodb } = lab.grantkeeper.proxies
    const before = dynamodb.calls().length
    const job = await finish(scene, started)

    // COSTS.md counts on these: a read for each page and round, and a write for each grant.
    const calls = dynamodb
      .calls()
      .slice(before)
      .filter(({ caller }) => caller === runnerId())
    expect(calls.filter(({ operation }) => operation === 'BatchGetItem')).toHaveLength(2 * 3)
    expect(calls.filter(({ operation, body }) => operation === 'UpdateItem' && isOfGrant(body))).toHaveLength(230)
    expect(job).toMatchObject({ type: 'RESEAL', name: 'Seal anew', status: 'COMPLETED' })
    expect(detailsOf(job)).toEqual({
      seen_count: '232',
      resealed_count: '232',
      unreadable_count: '0',
      data_key_of_clientSecret: '2',
      data_key_of_grant: '2',
      data_key_of_credential: '2',
    })
    expect(await keyNumbers(scene)).toEqual({ grants: [2], secrets: [2], credentials: [2] })
    // And all of it opens: the token, the client secret that a revocation needs, the credential.
    expect((await tokenOf(scene, scene.grants[0])).body.accessToken).toBe(accessToken)
    const revealed = await scene.admin.post(`//organisations/${scene.orgId}/credentials/${credential.id}/reveal`)
    expect(revealed.body.data).toEqual({ value: 'c2VjcmV0' })
    const owner = await aCaller(lab.grantkeeper, { org: scene.orgId, user: scene.grants[0]?.userId ?? '' })
    expect((await owner.delete(`/authorizedProviders/${scene.grants[0]?.id}/`)).status).toBe(204)
    expect(await scene.live()).toHaveLength(229)
  }, 60_000)

  test('waits with its second round until nobody seals under the old keys any more', async () => {
    const scene = await lab.scene()
    const [grant] = (await scene.rows()).GRANT as Json[]
    const { orgId, credentialId: id, userId, tokenVersion: version } = grant
    const token = (await tokenOf(scene, grant)).body.accessToken
    // What an environment saves later that has not heard of the new key.
    const late = await lab.backdoor.vault.seal(
      { orgId, kind: 'grant', id, userId, field: 'accessToken', version },
      token,
    )
    const job = await start(scene)

    await lab.workers.runJob(job)
    await lab.workers.runJob(job)

    expect(await jobOf(scene, job)).toMatchObject({ status: 'RUNNING' })
    expect(detailsOf(await jobOf(scene, job))).toMatchObject({ seen_count: '4', resealed_count: '4' })
    await lab.backdoor.change({ pk: grant.pk, sk: grant.sk }, { accessToken: late })
    expect((await keyNumbers(scene)).grants).toEqual([1, 2])

    await settle(job)
    await lab.workers.runJob(job)

    expect(await jobOf(scene, job)).toMatchObject({ status: 'COMPLETED' })
    expect(detailsOf(await jobOf(scene, job))).toMatchObject({ seen_count: '4', resealed_count: '5' })
    expect((await keyNumbers(scene)).grants).toEqual([2])
    expect((await tokenOf(scene, grant)).body.accessToken).toBe(token)
  })

  test('is not wanted of kinds of which there is nothing', async () => {
    const scene = await lab.scene({ grants: 0 })

    const job = await finish(scene, await start(scene))

    expect(detailsOf(job)).toEqual({
      seen_count: '1',
      resealed_count: '1',
      unreadable_count: '0',
      data_key_of_clientSecret: '2',
    })
  })

  test('without new keys does what is left, and nothing twice', async () => {
    const scene = await lab.scene()
    await finish(scene, await start(scene))

    const job = await start(scene, { newKeys: false })
    await lab.workers.runJob(job)
    await settle(job)
    await lab.workers.runJob(job)

    expect(detailsOf(await jobOf(scene, job))).toMatchObject({ seen_count: '4', resealed_count: '0' })
    expect(await keyNumbers(scene)).toMatchObject({ grants: [2], secrets: [2] })
  })

  test('goes on past what does not open, leaves it as it is, and counts it', async () => {
    const scene = await lab.scene()
    const [grant] = (await scene.rows()).GRANT as Json[]
    const accessToken = Uint8Array.from(grant.accessToken as Uint8Array)
    accessToken[30] = (accessToken[30] ?? 0) ^ 1
    await lab.backdoor.change({ pk: grant.pk, sk: grant.sk }, { accessToken })

    const job = await finish(scene, await start(scene))

    expect(job.status).toBe('COMPLETED')
    expect(detailsOf(job)).toMatchObject({ seen_count: '4', resealed_count: '3', unreadable_count: '1' })
    const [after] = ((await scene.rows()).GRANT as Json[]).filter(({ id }) => id === grant.id)
    expect(Buffer.from(after.accessToken)).toEqual(Buffer.from(accessToken))
  })

  test('never brings back a refresh token that was removed meanwhile', async () => {
    const scene = await lab.scene({ grants: 1 })
    const [grant] = (await scene.rows()).GRANT as Json[]
    // Between the reading and the writing of the job the provider says that the grant is dead.
    const dynamodb = lab.grantkeeper.proxies.dynamodb
    dynamodb.plan({
      match: ({ operation, body }) => operation === 'BatchGetItem' && JSON.stringify(body).includes(grant.id),
      kind: 'rewrite',
      rewrite: async (answer) => {
        await lab.backdoor.change({ pk: grant.pk, sk: grant.sk }, { refreshToken: undefined })
        return answer
      },
    })

    await lab.workers.runJob(await start(scene))
    dynamodb.plan([])

    const [after] = (await scene.rows()).GRANT as Json[]
    expect(after.refreshToken).toBeUndefined()
  })

  test('stops when an admin says so, and a later job goes on', async () => {
    const scene = await lab.scene({ grants: 230 })
    const job = await start(scene)
    // After the first page of grants it is stopped.
    const dynamodb = lab.grantkeeper.proxies.dynamodb
    let stopped: Json
    dynamodb.plan({
      match: ({ operation, body }) =>
        operation === 'UpdateItem' && /"progress"/.test(JSON.stringify(body)) && /"after"/.test(JSON.stringify(body)),
      kind: 'rewrite',
      rewrite: async (answer) => {
        stopped = await scene.admin.post(`/jobs/${job.jobId}/stop/`)
        return answer
      },
    })
    await lab.workers.runJob(job)
    dynamodb.plan([])

    expect(stopped.status).toBe(200)
    expect(stopped.body).toMatchObject({ status: 'ERROR' })
    expect(detailsOf(stopped.body)).toMatchObject({ seen_count: '101', error: 'Stopped by an admin' })
    expect((await keyNumbers(scene)).grants).toEqual([1, 2])
    // Stopped is stopped, also when its message comes once more.
    await lab.workers.runJob(job)
    expect((await keyNumbers(scene)).grants).toEqual([1, 2])
    expect((await tokenOf(scene, scene.grants[0])).status).toBe(201)

    const further = await start(scene, { newKeys: false })
    await lab.workers.runJob(further)
    expect((await keyNumbers(scene)).grants).toEqual([2])
    expect(Number(detailsOf(await jobOf(scene, further)).resealed_count)).toBeLessThan(231)
  }, 60_000)

  test('is for admins, of their own organization', async () => {
    const scene = await lab.scene({ grants: 0 })
    const job = await start(scene)
    const member = await aCaller(lab.grantkeeper, { org: scene.orgId })

    expect((await member.post('/jobs/', { type: 'RESEAL' })).status).toBe(403)
    expect((await member.post(`/jobs/${job.jobId}/stop/`)).status).toBe(403)
    expect((await (await lab.scene({ grants: 0 })).admin.post(`/jobs/${job.jobId}/stop/`)).status).toBe(404)
    expect((await scene.admin.post('/jobs/', { type: 'RESEAL', newKeys: 'yes' })).body.errorFields).toEqual([
      { name: 'newKeys', message: 'must be true or false' },
    ])
  })

  test('a deletion is not stopped, and what is finished stays as it is', async () => {
    const scene = await lab.scene()
    const deletion = jobIdIn(await scene.admin.delete(`/providers/${scene.provider.id}/`))

    const answer = await scene.admin.post(`/jobs/${deletion}/stop/`)

    expect(answer.status).toBe(409)
    expect(answer.body.message).toBe('A deletion cannot be stopped: what it has begun cannot be taken back.')
    const other = await lab.scene({ grants: 0 })
    const job = await start(other)
    await finish(other, job)
    expect((await other.admin.post(`/jobs/${job.jobId}/stop/`)).body).toMatchObject({ status: 'COMPLETED' })
  })
})

describe('while it seals anew', () => {
  test('tokens are refreshed and read without one being lost', async () => {
    const scene = await lab.scene({ grants: 12, users: 12 })
    const expire = async (): Promise<void> => {
      for (const { pk, sk } of ((await scene.rows()).GRANT ?? []) as Json[]) {
        await lab.backdoor.change({ pk, sk }, { accessTokenExpiresAt: Date.now() - 1000 })
      }
    }
    for (let round = 0; round < 3; round++) {
      await expire()
      const job = await start(scene)
      const run = lab.workers.runJob(job)

      const answers = await Promise.all(scene.grants.map((grant) => tokenOf(scene, grant)))
      await run
      await settle(job)
      await lab.workers.runJob(job)

      expect(answers.map(({ status }) => status)).toEqual(scene.grants.map(() => 201))
      expect(await jobOf(scene, job)).toMatchObject({ status: 'COMPLETED' })
      expect(detailsOf(await jobOf(scene, job)).unreadable_count).toBe('0')
    }
    await expire()
    const last = await Promise.all(scene.grants.map((grant) => tokenOf(scene, grant)))
    expect(last.map(({ status }) => status)).toEqual(scene.grants.map(() => 201))
    expect((await scene.live()).length).toBe(12)
  }, 60_000)

  test('two runs of one job, and a run that is killed, come to the same end', async () => {
    const scene = await lab.scene({ grants: 230 })
    const job = await start(scene)

    const runs = [lab.workers.runJob(job), lab.workers.runJob(job)]
    lab.grantkeeper.stack.functions.kill(lab.grantkeeper.stack.functionId('workers/run-job'))
    await Promise.all(runs)
    await Promise.all([lab.workers.runJob(job), lab.workers.runJob(job)])
    const done = await finish(scene, job)

    expect(done.status).toBe('COMPLETED')
    expect(await keyNumbers(scene)).toMatchObject({ grants: [2], secrets: [2] })
    const made = (await lab.backdoor.rows()).filter(({ pk }) => pk === dataKeyKey('grant', scene.orgId, 1).pk)
    expect(made.map(({ number }) => number)).toEqual([1, 2])
  }, 60_000)
})

describe('the sweeper', () => {
  const DAY = 24 * 3600_000
  const sweep = () => lab.grantkeeper.stack.functions.invoke(lab.grantkeeper.stack.functionId('workers/sweep'), {})
  const age = (scene: Scene, days: number, kind: SealedKind = 'grant'): Promise<void> =>
    lab.backdoor.change(dataKeyKey(kind, scene.orgId, 1), { createdAt: Date.now() - days * DAY, dueAt: 1 })

  test('starts the job of an organization whose newest key is a year old, once', async () => {
    const scene = await lab.scene()
    await age(scene, 366)

    await Promise.all([sweep(), sweep()])
    await sweep()

    const jobs = (await scene.admin.get('/jobs/?type=RESEAL')).body.data
    expect(jobs).toHaveLength(1)
    const job = { orgId: scene.orgId, jobId: jobs[0].id }
    expect(scene.sent().jobs).toEqual([job])
    expect(await finish(scene, job)).toMatchObject({ status: 'COMPLETED' })
    expect(await keyNumbers(scene)).toMatchObject({ grants: [2], secrets: [2] })
  })

  test('starts one job, and makes one new key of each kind, when all kinds have come of age together', async () => {
    const scene = await lab.scene()
    await aCredential(scene)
    for (const kind of ['grant', 'clientSecret', 'credential'] as const) await age(scene, 366, kind)

    await sweep()
    const jobs = (await scene.admin.get('/jobs/?type=RESEAL')).body.data
    expect(jobs).toHaveLength(1)

    const also = await start(scene)
    await finish(scene, { orgId: scene.orgId, jobId: jobs[0].id })
    expect(await finish(scene, also)).toMatchObject({ status: 'COMPLETED' })
    expect(await keyNumbers(scene)).toEqual({ grants: [2], secrets: [2], credentials: [2] })
    const keys = (await lab.backdoor.rows()).filter(({ pk }) => /^DATAKEY#/.test(pk) && pk.endsWith(`#${scene.orgId}`))
    expect(Math.max(...keys.map(({ number }) => number))).toBe(2)
  })

  test('ends a job that does not get on, and what was done until then stays in its details', async () => {
    const scene = await lab.scene()
    const job = await start(scene)
    await lab.workers.runJob(job)

    await lab.workers.sweep(job)
    await lab.workers.sweep(job, 59)
    expect((await jobOf(scene, job)).status).toBe('RUNNING')
    await lab.workers.sweep(job, 2)

    const failed = await jobOf(scene, job)
    expect(failed.status).toBe('ERROR')
    expect(detailsOf(failed)).toMatchObject({
      seen_count: '4',
      resealed_count: '4',
      error: 'No progress within an hour',
    })
  })

  test('leaves younger keys alone, and those that have a successor', async () => {
    const young = await lab.scene()
    const renewed = await lab.scene()
    await finish(renewed, await start(renewed))
    await age(young, 364)
    await age(renewed, 400)

    await sweep()

    expect((await young.admin.get('/jobs/?type=RESEAL')).body.data).toEqual([])
    expect((await renewed.admin.get('/jobs/?type=RESEAL')).body.data).toHaveLength(1)
  })
})

test('an admin who waits sees the job begin by itself', async () => {
  const scene = await lab.scene({ grants: 0 })
  await start(scene)

  expect(
    await eventually(
      async () => scene.sent().jobs,
      ({ length }) => length > 0,
    ),
  ).toHaveLength(1)
})
