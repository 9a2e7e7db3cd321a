import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { credentialsAt as at, base64 } from '../support/credentials.ts'
import { aCaller, aGrantkeeper, anAdmin, type Caller, type Json } from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let admin: Caller
let service: Caller
let member: Caller
let rows: Rows
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = checked(await anAdmin(grantkeeper))
  service = checked(await aCaller(grantkeeper, { user: 'bot', roles: ['service'] }))
  member = checked(await aCaller(grantkeeper))
  rows = rowsOf(grantkeeper.stack)
})
afterAll(() => grantkeeper.close())

const basic = { name: 'FTP', type: 'BasicAuth', data: base64({ username: 'ada', password: 'hunter2' }) }
const created = async (body: Json, by = admin): Promise<Json> => {
  const answer = await by.post(at(), body)
  expect(answer.status).toBe(201)
  return answer.body
}
const refusal = (name: string, message: unknown) => ({
  message: 'The request is not valid.',
  errorFields: [{ name, message }],
})

describe('a credential', () => {
  test.each<[string, Json, Json, string[]]>([
    [
      'Default shows all but what it was told to redact',
      { type: 'Default', data: base64({ user: 'ada', key: 's3cret' }), redactFields: ['key', 'absent', 'key'] },
      base64({ user: 'ada' }),
      ['key', 'absent'],
    ],
    ['Default is what it is unless said', { data: base64({ anything: '' }) }, base64({ anything: '' }), []],
    ['Raw shows nothing', { type: 'Raw', data: base64({ value: 's3cret' }) }, {}, ['value']],
    [
      'Raw ignores redactFields and names of its own',
      { type: 'Raw', data: base64({ value: 's3cret', other: 'x' }), redactFields: ['other'] },
      {},
      ['value'],
    ],
    ['BasicAuth shows the user name alone', basic, base64({ username: 'ada' }), ['password']],
    [
      'BasicAuth takes an empty password',
      { type: 'BasicAuth', data: base64({ username: 'ada', password: '' }) },
      base64({ username: 'ada' }),
      ['password'],
    ],
  ])('of type %s', async (_, body, data, redactFields) => {
    const credential = await created({ name: ' A name ', ...body })

    const expected = {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: body.name ?? 'A name',
      organisationId: 'acme',
      type: body.type ?? 'Default',
      data,
      redactFields,
    }
    expect(credential).toEqual(expected)
    expect((await member.get(at(credential.id))).body).toEqual(credential)
    expect((await admin.get(at(credential.id))).body).toEqual(credential)
  })

  test('keeps its end, as clients of any zone write it', async () => {
    const credential = await created({ ...basic, expiresAt: '2999-06-01T12:00:00.123456+02:00' })

    expect(credential.expiresAt).toBe('2999-06-01T10:00:00.123Z')
  })

  test('is made, changed and deleted by services as by admins', async () => {
    const { id } = await created(basic, service)

    expect((await service.patch(at(id), { name: 'Changed' })).body.name).toBe('Changed')
    expect((await service.delete(at(id))).status).toBe(204)
    expect((await service.get(at(id))).body).toEqual({ message: 'Credential not found.', errorFields: [] })
  })

  test('is only read by members, and by a service that acts for one', async () => {
    const { id } = await created(basic)
    const forMember = await aCaller(grantkeeper, {
      user: 'bot',
      roles: ['service'],
      headers: { 'x-on-behalf-of': 'grace' },
    })

    for (const caller of [member, forMember]) {
      const answers = [
        await caller.post(at(), basic),
        await caller.patch(at(id), { name: 'Mine' }),
        await caller.delete(at(id)),
        await caller.post(at(`${id}/reveal`)),
      ]

      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
      expect(answers[0]?.body).toEqual({ message: 'This needs the role admin or service.', errorFields: [] })
      expect((await caller.get(at(id))).status).toBe(200)
    }
  })
})

describe('a credential is refused', () => {
  const binary = Buffer.from([0xff, 0xfe]).toString('base64')
  const noPassword = base64({ username: 'ada' })
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`n${n}`, '']))
  const textOnly = 'must be text in UTF-8 without control characters, in base64'

  test.each<[string, Json, string, unknown]>([
    ['without a name', { ...basic, name: undefined }, 'name', 'is required'],
    ['without data', { ...basic, data: undefined }, 'data', 'is required'],
    ['with data that is a list', { ...basic, data: [] }, 'data', 'must be an object'],
    ['of an unknown type', { ...basic, type: 'Other' }, 'type', expect.stringMatching(/^must be one of Default, Raw/)],
    ['of a type that connecting makes', { ...basic, type: 'OAuth2Refresh' }, 'type', expect.stringMatching(/connect/)],
    ['with a value that is no base64', { ...basic, data: { x: 'not base64!' } }, 'data.x', 'must be a base64 string'],
    ['with base64 for URLs', { ...basic, data: { x: '_-8=' } }, 'data.x', 'must be a base64 string'],
    ['with base64 without its padding', { ...basic, data: { x: 'YQ' } }, 'data.x', 'must be a base64 string'],
    ['with a value that is no string', { ...basic, data: { x: 7 } }, 'data.x', 'must be a base64 string'],
    ['with a name of nothing', { ...basic, data: { '': 'YQ==' } }, 'data.', 'has a name that is not allowed'],
    ['with too many names', { ...basic, type: 'Default', data: many }, 'data', 'must have at most 100 names'],
    [
      'with too much data',
      { ...basic, type: 'Default', data: { x: 'AAAA'.repeat(65_536) } },
      'data',
      'must be at most 256 KiB of JSON',
    ],
    ['as BasicAuth without a password', { ...basic, data: noPassword }, 'data.password', 'is required'],
    ['as Raw without a value', { ...basic, type: 'Raw' }, 'data.value', 'is required'],
    ['as Raw with nothing in it', { ...basic, type: 'Raw', data: { value: '' } }, 'data.value', 'must not be empty'],
    [
      'with a colon in the user name (RFC 7617)',
      { ...basic, data: base64({ username: 'a:b', password: 'x' }) },
      'data.username',
      'must not hold a colon',
    ],
    [
      'with an empty user name',
      { ...basic, data: base64({ username: '', password: 'x' }) },
      'data.username',
      'must not be empty',
    ],
    ['with a password of bytes', { ...basic, data: { ...noPassword, password: binary } }, 'data.password', textOnly],
    [
      'with a line break in the password',
      { ...basic, data: base64({ username: 'a', password: 'a\nb' }) },
      'data.password',
      textOnly,
    ],
    ['when its end is past', { ...basic, expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt', 'must be in the future'],
    ['when its end is no time', { ...basic, expiresAt: 'soon' }, 'expiresAt', expect.stringMatching(/^must be a time/)],
    ['when redactFields is no list', { ...basic, redactFields: 'x' }, 'redactFields', 'must be a list'],
  ])('%s', async (_, body, field, message) => {
    const answer = await admin.post(at(), body)

    expect(answer.status).toBe(422)
    expect(answer.body).toEqual(refusal(field, message))
  })

  test('with every field named that is wrong for its type', async () => {
    const { body } = await admin.post(at(), { ...basic, data: {} })

    expect(body.errorFields.map(({ name }: Json) => name)).toEqual(['data.username', 'data.password'])
  })

  test('of another organization, as one that nobody has', async () => {
    const foreign = await admin.get('//organisations/globex/credentials')
    const unknown = await admin.get('//organisations/nobody/credentials')

    expect(foreign.status).toBe(404)
    expect(foreign.text).toBe(unknown.text)
    expect(foreign.body.message).toBe('Organization not found.')
  })
})

test('a credential of the largest size is kept and comes back', async () => {
  const { id } = await created({ name: 'Large', type: 'Raw', data: { value: 'AAAA'.repeat(65_532) } })

  const { status, body } = await admin.post(at(`${id}/reveal`))

  expect(status).toBe(200)
  expect(body.data.value).toHaveLength(262_128)
})

describe('what is hidden', () => {
  test.each<[string, Json]>([
    ['Default', { data: base64({ user: 'ada', key: 's3cret' }), redactFields: ['key'] }],
    ['Raw', { data: base64({ value: '\0 any bytes \xff' }) }],
    ['BasicAuth', basic],
  ])('of a %s comes back by reveal alone', async (type, body) => {
    const { id } = await created({ name: 'Hidden', ...body, type })

    const { status, body: revealed } = await service.post(at(`${id}/reveal`))

    expect(status).toBe(200)
    expect(revealed.data).toEqual(body.data)
  })

  test('is in no row in clear, and opens as no other credential', async () => {
    const { id } = await created(basic)
    const other = await created(basic)
    const [row, otherRow] = (await rows.of('CRED#')).filter((each) => [id, other.id].includes(each.id))

    expect(JSON.stringify(row)).not.toContain(basic.data.password)
    await rows.change(row, { hidden: otherRow.hidden })
    expect((await admin.post(at(`${id}/reveal`))).status).toBe(500)
    expect((await admin.post(at(`${other.id}/reveal`))).status).toBe(200)
  })

  test('stays hidden when a row forgets what is to be redacted: reading does not open it', async () => {
    const { id } = await created({ name: 'Hidden', data: base64({ key: 's3cret' }), redactFields: ['key'] })
    const [row] = (await rows.of('CRED#')).filter((each) => each.id === id)

    await rows.change(row, { redactFields: [], type: 'Default' })

    expect((await admin.get(at(id))).body.data).toEqual({})
  })
})
