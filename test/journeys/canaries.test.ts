import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { type Canary, findCanaries, type Haystack, spellings } from '../support/canaries.ts'
import { eventually } from '../support/eventually.ts'
import { anAdmin } from '../support/grantkeeper.ts'
import { liveThrough, type Recorded, type Scene } from './canary-life.ts'

let scene: Scene
let canaries: Canary[]
beforeAll(async () => {
  scene = await liveThrough()
  canaries = [...scene.canaries].map(([name, value]) => ({ name, value }))
  const admin = await anAdmin(scene.grantkeeper)
  await eventually(
    () => admin.get('/jobs/?status=PENDING,RUNNING'),
    ({ body }) => body.data.length === 0,
    40,
  )
}, 120_000)
afterAll(() => scene.close())

const filesBelow = (folder: string): Haystack[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(folder, file)).isFile())
    .map((file) => ({ where: file, bytes: readFileSync(join(folder, file)) }))

/** Every item as it is stored, its bytes as bytes and as the base64 in which they travel. */
const tableDump = async (): Promise<Haystack[]> => {
  const { stack, direct } = scene.grantkeeper
  const client = new DynamoDBClient(clientConfig(direct.dynamodb, 'us-east-1'))
  const { Items = [] } = await client.send(new ScanCommand({ TableName: stack.tableNames[0] ?? '' }))
  client.destroy()
  return Items.flatMap((item) => {
    const where = `the table, ${item['pk']?.S}`
    const sealed = Object.values(item).flatMap(({ B }) => (B ? [{ where, bytes: Buffer.from(B) }] : []))
    return [{ where, bytes: Buffer.from(JSON.stringify(item)) }, ...sealed]
  })
}

const haystackOf = ({ asked, status, text, headers }: Recorded): Haystack => ({
  where: `${status} ${asked}`,
  bytes: Buffer.from(text + JSON.stringify([...headers])),
})
const answersWhere = (keep: (answer: Recorded) => boolean): Haystack[] => scene.answers.filter(keep).map(haystackOf)

describe('the search', () => {
  test('finds every secret in every spelling, whatever stands around it', () => {
    for (const canary of canaries) {
      for (const [spelling, written] of spellings(canary.value)) {
        const planted = { where: 'here', bytes: Buffer.from(`{"a":"x${written}y"}`) }

        expect(findCanaries([planted], [canary])).toContain(`${canary.name}, ${spelling}, in here`)
      }
      for (const offset of [1, 2, 3, 4, 5]) {
        const text = 'x'.repeat(offset) + canary.value + 'y'.repeat(offset)
        const bytes = Buffer.from(Buffer.from(text).toString('base64'))

        expect(findCanaries([{ where: 'base64', bytes }], [canary])).not.toEqual([])
      }
    }
  })

  test('has what to look for, in a life that went wrong as it should', () => {
    const statuses = scene.answers.map(({ status }) => status)
    const logs = filesBelow(scene.grantkeeper.stack.logDir).map(({ bytes }) => bytes.toString())

    expect(canaries.length).toBeGreaterThan(50)
    expect(canaries.filter(({ name }) => /^(access|refresh|ID) token/.test(name)).length).toBeGreaterThanOrEqual(7)
    expect(canaries.filter(({ name }) => name.startsWith('a verifier')).length).toBeGreaterThan(10)
    expect(statuses).toEqual(expect.arrayContaining([200, 201, 202, 204, 400, 401, 403, 404, 418, 422, 502, 503]))
    const polls = scene.answers.filter(({ asked }) => /^POST .*\/device$/.test(asked)).map(({ status }) => status)
    expect(polls).toEqual([400, 502, 502, 503, 204, 204, 404])
    expect(logs.join('').match(/"request failed"/g)?.length).toBeGreaterThan(5)
    // The access token is found where it belongs.
    const disclosed = answersWhere(({ asked, status }) => asked.endsWith('/accessToken/') && status === 201)
    expect(findCanaries(disclosed, canaries)).toContainEqual(expect.stringMatching(/^access token 1, as it is/))
  })
})

describe('no secret is in', () => {
  test('any line that a function has logged', () => {
    expect(findCanaries(filesBelow(scene.grantkeeper.stack.logDir), canaries)).toEqual([])
  })

  test('the audit record', () => {
    const audit = filesBelow(scene.grantkeeper.dataDir).filter(({ where }) => where === 'audit.log')

    expect(audit).toHaveLength(1)
    expect(findCanaries(audit, canaries)).toEqual([])
  })

  test('the table', async () => {
    const dump = await tableDump()

    expect(dump.length).toBeGreaterThan(20)
    expect(findCanaries(dump, canaries)).toEqual([])
  })

  test('any request to the table, to a queue or to KMS', () => {
    const { dynamodb, sqs, kms } = scene.grantkeeper.proxies
    const calls = [dynamodb, sqs, kms].flatMap((proxy) => proxy.calls())
    const bodies = calls.map(({ operation, body }) => ({
      where: operation,
      bytes: Buffer.from(JSON.stringify(body) ?? ''),
    }))

    expect(calls.map(({ service }) => service)).toEqual(expect.arrayContaining(['dynamodb', 'sqs', 'kms']))
    expect(findCanaries(bodies, canaries)).toEqual([])
  })

  test('any file that anything has written', () => {
    const { dataDir, servicesDir } = scene.grantkeeper
    const files = [...filesBelow(dataDir), ...filesBelow(servicesDir)]

    expect(files.length).toBeGreaterThan(10)
    expect(findCanaries(files, canaries)).toEqual([])
  })

  test('any URL that a provider was asked at', () => {
    const urls = scene.urls.map((url) => ({ where: 'a URL', bytes: Buffer.from(url) }))

    expect(urls.length).toBeGreaterThan(20)
    expect(findCanaries(urls, canaries)).toEqual([])
  })

  test('any error answer', () => {
    const errors = answersWhere(({ status }) => status >= 400)

    expect(errors.length).toBeGreaterThan(20)
    expect(findCanaries(errors, canaries)).toEqual([])
  })

  test('any other answer, but those whose purpose it is', () => {
    /** What may be in the answers to which requests. */
    const purposes: readonly (readonly [asked: RegExp, canary: RegExp])[] = [
      [/\/accessToken\/$/, /^access token/],
      [/\/authorize\/$/, /^the (state|nonce) of/],
      [/^GET .*\/device$/, /^the (handle|user code)/],
      [/^GET .*\/external-auth\/[^/]+$/, /^the (e-mail|name)/],
      [/\/(callback|userinfo)\/$/, /^the (e-mail|name)/],
      [/\/reveal$/, /^the credential/],
      [/\/connect-tickets$/, /^the ticket/],
      [/^GET \/oauth2\/connect$/, /^the (cookie|csrf token)/],
      [/^POST \/oauth2\/connect$/, /^the (state|cookie)/],
      [/^GET \/oauth2\/callback/, /^the (csrf token|handle)/],
      [/\/connect$/, /^the state of the back end/],
    ]
    const successes = scene.answers.filter(({ status }) => status < 400)

    for (const answer of successes) {
      const [, own] = purposes.find(([asked]) => asked.test(answer.asked)) ?? []
      const others = canaries.filter(({ name }) => !own?.test(name))

      expect(findCanaries([haystackOf(answer)], others)).toEqual([])
    }
    expect(successes.length).toBeGreaterThan(20)
  })
})
