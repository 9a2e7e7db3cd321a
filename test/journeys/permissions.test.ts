import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileName, operations } from '../../lib/contract/index.ts'
import { workers } from '../../lib/contract/workers.ts'
import { compareRights } from '../support/compare-rights.ts'
import { connectLives } from '../support/lives/connect-lives.ts'
import { endLives } from '../support/lives/end-lives.ts'
import { jobLives } from '../support/lives/job-lives.ts'
import { aLife, type Life } from '../support/lives/life.ts'
import { resealingLives } from '../support/lives/resealing-lives.ts'
import { credentialLives, flowLives, grantLives, providerLives } from '../support/lives/thing-lives.ts'
import { tokenLives } from '../support/lives/token-lives.ts'

const lives = [
  providerLives,
  connectLives,
  grantLives,
  tokenLives,
  endLives,
  credentialLives,
  flowLives,
  resealingLives,
  jobLives,
]

let life: Life
beforeAll(async () => {
  life = await aLife()
  for (const live of lives) await live(life)
}, 240_000)
afterAll(() => life.close())

const files = [
  'authorizer/authorize',
  'gateway/unknown-path',
  ...operations.map(({ id, surface }) => `${surface}/${fileName(id)}`),
  ...workers.map(({ id }) => `workers/${fileName(id)}`),
]

/** Rights that no life makes use of: by the function, the beginning of the right, and why it is there nevertheless. */
const unused: Readonly<Record<string, Readonly<Record<string, string>>>> = {}

// That the comparison sees a right too few and a right too many: test/infra/compared-rights.test.ts.
describe('a role allows what its function does in all its lives, and nothing else', () => {
  test.each(files)('%s', (file) => {
    const { iam, functionId } = life.stack.stack
    const reasons = Object.keys(unused[file] ?? {})

    const { needless, missing } = compareRights(iam, functionId(file))

    expect(missing).toEqual([])
    expect(needless.filter((right) => !reasons.some((start) => right.startsWith(start)))).toEqual([])
    expect(reasons.filter((start) => !needless.some((right) => right.startsWith(start)))).toEqual([])
  })

  test('and there is no other function', () => {
    expect(life.stack.stack.iam.granted().size).toBe(files.length)
  })

  test('and no function was denied anything', () => {
    expect(life.stack.stack.iam.denied()).toEqual([])
  })
})
