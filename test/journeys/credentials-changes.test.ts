import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { credentialsAt as at, base64 } from '../support/credentials.ts'
import { aCaller, aGrantkeeper, anAdmin, type Caller, type Json } from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let admin: Caller
let member: Caller
let rows: Rows
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = checked(await anAdmin(grantkeeper))
  member = checked(await aCaller(grantkeeper))
  rows = rowsOf(grantkeeper.stack)
})
afterAll(() => grantkeeper.close())

const basic = { name: 'FTP', type: 'BasicAuth', data: base64({ username: 'ada', password: 'hunter2' }) }
const created = async (body: Json): Promise<Json> => {
  const answer = await admin.post(at(), body)
  expect(answer.status).toBe(201)
  return answer.body
}
const refusal = (name: string, message: unknown) => ({
  message: 'The request is not valid.',
  errorFields: [{ name, message }],
})

describe('changing a credential', () => {
  const secret = { name: 'S', data: base64({ a: '1', b: '2', c: '3' }), redactFields: ['b'] }

  test.each<[string, Json, Json, Json]>([
    ['keeps what is not named', { name: 'New' }, { name: 'New' }, base64({ a: '1', b: '2', c: '3' })],
    ['changes the data that is named', { data: base64({ a: '9' }) }, {}, base64({ a: '9', b: '2', c: '3' })],
    ['removes data by null', { data: { c: null, absent: null } }, {}, base64({ a: '1', b: '2' })],
    ['hides more', { redactFields: ['a', 'b'] }, { redactFields: ['a', 'b'] }, base64({ a: '1', b: '2', c: '3' })],
    [
      'sets an end',
      { expiresAt: '2999-01-01T00:00:00Z' },
      { expiresAt: '2999-01-01T00:00:00.000Z' },
      base64({ a: '1', b: '2', c: '3' }),
    ],
  ])('%s', async (_, change, seen, data) => {
    const before = await created(secret)

    const { status, body } = await admin.patch(at(before.id), change)

    expect(status).toBe(200)
    expect(body).toEqual((await member.get(at(before.id))).body)
    expect(body).toMatchObject({ ...before, data: expect.anything(), ...seen })
    expect(Object.keys(body.data).some((name) => body.redactFields.includes(name))).toBe(false)
    expect((await admin.post(at(`${before.id}/reveal`))).body.data).toEqual(data)
  })

  test('takes its end away by null', async () => {
    const { id } = await created({ ...secret, expiresAt: '2999-01-01T00:00:00Z' })

    const { body } = await admin.patch(at(id), { expiresAt: null })

    expect(body).not.toHaveProperty('expiresAt')
    expect((await rows.of('CRED#')).find((row) => row.id === id)).not.toHaveProperty('duePk')
  })

  test.each<[string, Json, string]>([
    ['with nothing to change', {}, 'body'],
    ['of its type', { type: 'Raw' }, 'type'],
    ['to an end that is past', { expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    ['that takes away what its type needs', { data: { password: null } }, 'data.password'],
  ])('is refused %s', async (_, change, field) => {
    const { id } = await created(basic)

    const { status, body } = await admin.patch(at(id), change)

    expect(status).toBe(422)
    expect(body.errorFields.map(({ name }: Json) => name)).toContain(field)
  })

  test('is refused where the whole would grow too large', async () => {
    const half = 'AAAA'.repeat(40_000)
    const { id } = await created({ name: 'Half', data: { one: half } })

    const { status, body } = await admin.patch(at(id), { data: { two: half } })

    expect(status).toBe(422)
    expect(body).toEqual(refusal('data', 'must be at most 256 KiB of JSON'))
  })

  test('by many at once loses none of the changes that were answered', async () => {
    const { id } = await created({ name: 'Many', data: {} })

    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => admin.patch(at(id), { data: base64({ [`n${n}`]: String(n) }) })),
    )
    const { body } = await admin.get(at(id))

    const done = answers.flatMap(({ status }, n) => (status === 200 ? [`n${n}`] : []))
    expect(answers.map(({ status }) => status)).toContain(200)
    expect(Object.keys(body.data).sort()).toEqual(done)
  })
})

describe('the list', () => {
  const org = 'lists'
  const all = async (caller: Caller, limit: number): Promise<Json[][]> => {
    const pages: Json[][] = []
    let next = ''
    do {
      const { body } = await caller.get(`${at('', org)}?limit=${limit}${next && `&cursor=${next}`}`)
      pages.push(body.data)
      next = body.next ?? ''
    } while (next !== '')
    return pages
  }

  test('has the credentials of the organization by creation, in pages', async () => {
    const here = checked(await anAdmin(grantkeeper, { org }))
    const names = ['one', 'two', 'three', 'four', 'five']
    for (const name of names) await here.post(at('', org), { ...basic, name })

    const whole = (await here.get(at('', org))).body
    const pages = await all(here, 2)

    expect(whole.data.map(({ name }: Json) => name)).toEqual(names)
    expect(whole).not.toHaveProperty('next')
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
    expect(pages.flat()).toEqual(whole.data)
    expect(JSON.stringify(whole)).not.toContain(basic.data.password)
  })

  test('refuses the cursor of another caller, or one that was altered', async () => {
    const here = await anAdmin(grantkeeper, { org })
    const { next } = (await here.get(`${at('', org)}?limit=1`)).body
    const other = await aCaller(grantkeeper, { org })

    const answers = [
      await other.get(`${at('', org)}?limit=1&cursor=${next}`),
      await here.get(`${at('', org)}?limit=1&cursor=${next}A`),
    ]

    expect(answers.map(({ status }) => status)).toEqual([422, 422])
  })

  test('ends a page early that would grow too large, and goes on in the next', async () => {
    const org = 'large'
    const here = await anAdmin(grantkeeper, { org })
    const data = { value: 'AAAA'.repeat(65_000) }
    for (let n = 0; n < 18; n++) await here.post(at('', org), { name: `${n}`, type: 'Default', data })

    const first = await here.get(`${at('', org)}?limit=100`)
    const second = await here.get(`${at('', org)}?limit=100&cursor=${first.body.next}`)
    const whole = await here.get(at('', org))

    expect(first.body.data.length).toBeGreaterThan(10)
    expect([...first.body.data, ...second.body.data].map(({ name }: Json) => Number(name))).toEqual(
      Array.from({ length: 18 }, (_, n) => n),
    )
    expect(second.body).not.toHaveProperty('next')
    expect(whole.body).toEqual(refusal('limit', 'is needed: they are too large for one answer'))
  })
})
