import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aFront, type Front } from '../support/front.ts'
import { aGrantkeeper, anAdmin } from '../support/grantkeeper.ts'
import { smokeRun } from '../support/smoke-run.ts'
import { synthesizedWith } from '../support/synthesized.ts'

const APP = 'https://app.example.com'
const OTHER = 'https://other.example.com'
const told = (origin: string): string => `a page of ${origin} is told beforehand what it may send`
const reads = (origin: string): string => `a page of ${origin} reads answers, and errors of the gateway`

describe.each([
  ['one', APP],
  ['several', `https://admin.example.com,${APP}`],
])('where %s may call', (_, allowed) => {
  let synthesized: Awaited<ReturnType<typeof synthesizedWith>>
  let grantkeeper: Awaited<ReturnType<typeof aGrantkeeper>>
  let front: Front
  let token: string
  beforeAll(async () => {
    synthesized = await synthesizedWith({ 'grantkeeper:allowedOrigins': allowed })
    grantkeeper = await aGrantkeeper({ assembly: synthesized.assembly })
    front = await aFront(grantkeeper.url)
    token = (await anAdmin(grantkeeper)).token
  }, 120_000)
  afterAll(async () => {
    await front?.close()
    await grantkeeper?.close()
    synthesized?.remove()
  })

  test('its origin passes every check', async () => {
    const { status, failed, passed } = await smokeRun(grantkeeper.url, token, '--origin', APP)

    expect([status, failed]).toEqual([0, []])
    expect(passed).toEqual(expect.arrayContaining([told(APP), reads(APP), 'a page of another origin reads nothing']))
  })

  test('another origin does not', async () => {
    const { status, failed } = await smokeRun(grantkeeper.url, token, '--origin', OTHER)

    expect([status, failed]).toEqual([1, [told(OTHER), reads(OTHER)]])
  })

  test('none may be expected', async () => {
    const { status, failed } = await smokeRun(grantkeeper.url, token)

    expect([status, failed]).toEqual([1, ['no page of another origin may call: no CORS at all']])
  })

  test('an origin that is let in besides is found', async () => {
    front.flaw = {
      after: ({ headers }, { headers: sent }) => {
        const origin = sent.find(([name]) => name === 'Origin')?.[1]
        if (origin === undefined || origin === APP) return {}
        return { headers: [...headers, ['Access-Control-Allow-Origin', origin]] }
      },
    }

    const { failed } = await smokeRun(front.url, token, '--origin', APP)

    expect(failed).toEqual(['a page of another origin reads nothing'])
  })
})
