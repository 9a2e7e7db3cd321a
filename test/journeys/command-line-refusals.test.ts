import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../lib/local/services/free-port.ts'
import { type Command, endCommands, processesOf, run, start } from '../support/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
const dataDir = join(folder, 'data')
let first: Command
let port: string

beforeAll(async () => {
  first = start('npm', ['start'], { PORT: '0', DATA_DIR: dataDir })
  port = new URL(await first.ready()).port
})
afterAll(async () => {
  await endCommands()
  rmSync(folder, { recursive: true })
})

/** `npm start` that must refuse: exit status 1, nothing served, one line on standard error, and no process left. */
const refusal = async (environment: Record<string, string>): Promise<string> => {
  const own = { PORT: '0', DATA_DIR: join(folder, 'other'), ...environment }
  const { status, stdout, stderr } = await run(process.execPath, ['bin/start.ts'], own)
  expect(stderr).toMatch(/^.+\n$/)
  expect(stdout).not.toContain('ready')
  expect(status).toBe(1)
  if (own.DATA_DIR !== dataDir) expect(processesOf(own.DATA_DIR)).toEqual([])
  return stderr.trimEnd()
}

describe('npm start refuses in one line', () => {
  test.each([
    ['PORT', 'http', 'PORT must be a whole number from 0 to 65535, not http'],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535, not 65536'],
    ['PORT', '-1', 'PORT must be a whole number from 0 to 65535, not -1'],
    ['ENVIRONMENTS', '0', 'ENVIRONMENTS must be a whole number from 1 to 256, not 0'],
    ['ENVIRONMENTS', '2.5', 'ENVIRONMENTS must be a whole number from 1 to 256, not 2.5'],
    ['ENVIRONMENT_KIND', 'fork', 'ENVIRONMENT_KIND must be thread or process, not fork'],
    [
      'DYNAMODB_ENDPOINT',
      'http://10.0.0.1:8000',
      'DYNAMODB_ENDPOINT must be an http(s) URL on 127.0.0.1, [::1] or localhost, not http://10.0.0.1:8000',
    ],
    [
      'SQS_ENDPOINT',
      'https://sqs.eu-central-1.amazonaws.com',
      'SQS_ENDPOINT must be an http(s) URL on 127.0.0.1, [::1] or localhost, not https://sqs.eu-central-1.amazonaws.com',
    ],
    [
      'KMS_ENDPOINT',
      'file:///tmp/kms',
      'KMS_ENDPOINT must be an http(s) URL on 127.0.0.1, [::1] or localhost, not file:///tmp/kms',
    ],
    ['AWS_LAMBDA_RUNTIME_API', '127.0.0.1:9001', 'The local stack does not run inside Lambda'],
  ])('%s=%s', async (name, value, said) => {
    expect(await refusal({ [name]: value })).toBe(said)
  })

  test.each(['DYNAMODB_ENDPOINT', 'SQS_ENDPOINT', 'KMS_ENDPOINT'])('%s where nothing answers', async (name) => {
    const endpoint = `http://127.0.0.1:${await freePort()}`

    expect(await refusal({ [name]: endpoint })).toBe(`${name} is ${endpoint}, but nothing answers there`)
  })

  test('a data folder that another stack has, and says which process that is', async () => {
    expect(await refusal({ DATA_DIR: dataDir })).toMatch(
      new RegExp(`^the data folder ${dataDir} is in use by another local stack \\(process \\d+\\)$`),
    )
  })

  test('a port that another stack has', async () => {
    expect(await refusal({ PORT: port })).toBe(`port ${port} on 127.0.0.1 is in use by another program`)
  })

  test('a data folder that is a file', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')

    expect(await refusal({ DATA_DIR: file })).toContain(file)
  })

  test('a data folder whose demo provider lost its port to another program', async () => {
    const again = join(folder, 'again')
    const stack = start('npm', ['start'], { PORT: '0', DATA_DIR: again })
    await stack.ready()
    const [, taken = ''] = /The demo provider +http:\/\/127\.0\.0\.1:(\d+)/.exec(stack.stdout()) ?? []
    stack.signal('SIGTERM')
    await stack.exited
    const other = createServer().listen(Number(taken), '127.0.0.1')

    const said = await refusal({ DATA_DIR: again }).finally(() => other.close())

    expect(said).toBe(`port ${taken} on 127.0.0.1 is in use by another program`)
  })

  test('and leaves the stack that runs as it was', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v2/externalOAuth/openapi.json`)

    expect(answer.status).toBe(200)
    expect(first.stderr()).toBe('')
  })
})
