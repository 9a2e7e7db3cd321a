import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { eventually } from '../support/eventually.ts'
import { aCaller, aGrant, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let admin: Caller
/** Finished jobs, in the order in which they were begun. */
let jobs: Json[]
let grant: Json
let kept: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  const grace = await aCaller(grantkeeper)
  kept = await aProvider(grantkeeper, { name: 'Kept' })
  const deleted = await aProvider(grantkeeper, { name: 'Deleted' })
  await aGrant(grace, kept.id)
  grant = await aGrant(grace, deleted.id)
  const started = [
    await admin.post('/jobs/', { type: 'STATS' }),
    await admin.delete(`/providers/${deleted.id}/`),
    await admin.post('/jobs/', { type: 'STATS' }),
  ]
  jobs = await Promise.all(started.map(({ body }) => finished(body.location)))
})
afterAll(() => grantkeeper.close())

const finished = async (location: string): Promise<Json> => {
  const path = `/${new URL(location).pathname}`
  const answer = await eventually(
    () => admin.get(path),
    ({ body }) => body.status === 'COMPLETED' || body.status === 'ERROR',
  )
  return answer.body
}
const list = async (query: string): Promise<Json> => {
  const answer = await admin.get(`/jobs/${query}`)
  expect(answer.status).toBe(200)
  return answer.body
}
const ids = (body: Json): string[] => body.data.map(({ id }: Json) => id)
const detailsOf = ({ details }: Json): Record<string, string> =>
  Object.fromEntries(details.map(({ name, value }: Json) => [name, value]))

describe('a job', () => {
  test('that counts tells what there is', () => {
    const [first] = jobs
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

    expect(first).toEqual({
      id: expect.any(String),
      orgId: 'acme',
      type: 'STATS',
      name: 'Statistics',
      status: 'COMPLETED',
      details: expect.any(Array),
      startedAt: time,
      lastMovedAt: time,
      finishedAt: time,
    })
    expect(first.startedAt <= first.finishedAt).toBe(true)
    for (const value of Object.values(detailsOf(first))) expect(value).toMatch(/^\d+$/)
    expect(detailsOf(jobs[2])).toMatchObject({
      authorizations_expired: '0',
      [`authorizations_of_provider_${kept.id}`]: '1',
      refreshes: '0',
      refresh_failures: '0',
    })
  })

  test('that deletes a provider tells what went', () => {
    const [, deletion] = jobs

    expect(deletion).toMatchObject({ type: 'DELETE_PROVIDER', name: 'Delete provider Deleted', status: 'COMPLETED' })
    expect(detailsOf(deletion)).toEqual({
      provider_id: grant.provider.id,
      authorization_ids: JSON.stringify([grant.id]),
      authorization_count: '1',
      deleted_count: '1',
      revoked_count: '1',
      revocation_failed_count: '0',
      revocation_unsupported_count: '0',
      spared_count: '0',
    })
  })

  test('has a location that is its own, in the body and in the header', async () => {
    const answer = await admin.post('/jobs/', { type: 'STATS' })

    expect(answer.status).toBe(202)
    expect(answer.headers.get('location')).toBe(answer.body.location)
    const job = await finished(answer.body.location)
    expect(answer.body.location).toBe(`${grantkeeper.url}/api/v2/externalOAuth/jobs/${job.id}/`)
    jobs.push(job)
  })

  test('says that it has not begun by having no times', async () => {
    const { body } = await admin.post('/jobs/', { type: 'STATS' })
    const [newest] = (await list('?limit=1')).data

    expect(body.location).toContain(newest.id)
    if (newest.status === 'PENDING') expect(newest).not.toHaveProperty('startedAt')
    expect(JSON.stringify(newest)).not.toMatch(/null|""/)
    jobs.push(await finished(body.location))
  })
})

describe('the list of jobs', () => {
  const expected = (type?: string): string[] =>
    jobs
      .filter((job) => type === undefined || job.type === type)
      .map(({ id }) => id)
      .reverse()

  test('is newest first', async () => {
    expect(ids(await list(''))).toEqual(expected())
  })

  test.each<[string, () => string[]]>([
    ['type=DELETE_PROVIDER', () => expected('DELETE_PROVIDER')],
    ['type=STATS', () => expected('STATS')],
    ['type=STATS,DELETE_PROVIDER', () => expected()],
    ['type=STATS&type=DELETE_PROVIDER', () => expected()],
    ['status=COMPLETED', () => expected()],
    ['status=ERROR', () => []],
    ['status=PENDING,RUNNING,COMPLETED&type=DELETE_PROVIDER', () => expected('DELETE_PROVIDER')],
  ])('is narrowed by %s', async (query, wanted) => {
    expect(ids(await list(`?${query}`))).toEqual(wanted())
  })

  test('comes in pages', async () => {
    const first = await list('?type=STATS&limit=2')
    const rest = await list(`?type=STATS&limit=1000&cursor=${first.next}`)

    expect([...ids(first), ...ids(rest)]).toEqual(expected('STATS'))
    expect(ids(first)).toHaveLength(2)
    expect(rest).not.toHaveProperty('next')
  })

  test('is of the organization alone, and its cursor too', async () => {
    const outsider = await anAdmin(grantkeeper, { org: 'globex' })
    const { next } = await list('?limit=1')

    expect((await outsider.get('/jobs/')).body).toEqual({ data: [] })
    expect((await outsider.get(`/jobs/?limit=1&cursor=${next}`)).status).toBe(422)
    expect((await admin.get(`/jobs/?limit=1&type=STATS&cursor=${next}`)).status).toBe(422)
  })
})
