import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { endCommands } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { aFront, type Flaw, type Front, itself } from '../support/front.ts'
import { aGrantkeeper, anAdmin, type Caller } from '../support/grantkeeper.ts'
import { outcomeOf, smokeRun, smokeStart } from '../support/smoke-run.ts'

const api = '/api/v2/externalOAuth'
let grantkeeper: Awaited<ReturnType<typeof aGrantkeeper>>
let admin: Caller
let front: Front

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  front = await aFront(grantkeeper.url)
})
afterEach(() => {
  front.flaw = {}
  front.seen.length = 0
})
afterAll(async () => {
  await endCommands()
  await front?.close()
  await grantkeeper?.close()
})

const providers = async (): Promise<{ id: string; name: string }[]> => (await admin.get('/providers/')).body.data
/** Nothing of the run is there, once its job is done. */
const untilClean = () => eventually(providers, (left) => left.length === 0)

const failing = (method: string, path: RegExp, times = Number.POSITIVE_INFINITY): Flaw => {
  let left = times
  return {
    before: (request) =>
      request.method === method && path.test(request.path) && left-- > 0
        ? itself(500, { message: 'Something went wrong here.' })
        : undefined,
  }
}
const oneProvider = new RegExp(`^${api}/providers/[0-9a-f-]{36}/$`)
const ofOne = (flaw: Flaw): Flaw => ({
  // Without the token nothing is there to be deleted: only what is sent in the caller's name is meant.
  ...flaw,
  before: (request) =>
    request.headers.some(([name]) => name === 'authorization') ? flaw.before?.(request) : undefined,
})

describe('what a run has made is taken away', () => {
  test('when a check failed', async () => {
    front.flaw = ofOne(failing('PATCH', oneProvider))

    const { status, failed, notTried } = await smokeRun(front.url, admin.token, '--write')

    expect([status, failed, notTried]).toEqual([1, ['the name of the provider is changed'], []])
    expect(await providers()).toEqual([])
  })

  test('when its deletion failed at first', async () => {
    front.flaw = ofOne(failing('DELETE', oneProvider, 2))

    const { status, failed, stdout } = await smokeRun(front.url, admin.token, '--write')

    expect([status, failed]).toEqual([1, ['the provider is deleted: 202, and where the job is']])
    expect(stdout).toMatch(/\nThe provider grantkeeper-smoke-[0-9a-f]{12} is deleted\.\n/)
    await untilClean()
  })

  test('when the answer to its registration was lost', async () => {
    front.flaw = {
      after: (_, { method, path, body }) =>
        method === 'POST' && path === `${api}/providers/` && body.length > 0 ? 'cut' : {},
    }

    const { status, failed, stdout } = await smokeRun(front.url, admin.token, '--write')

    expect([status, failed]).toEqual([1, ['a provider is registered, and its secret does not come back']])
    expect(stdout).toMatch(/\nThe provider \S+ is deleted\.\n/)
    await untilClean()
  })

  test('when its job did not come to an end in time', async () => {
    front.flaw = {
      after: ({ body }, { path }) =>
        path.startsWith(`${api}/jobs/`) ? { body: body.replace('"status":"COMPLETED"', '"status":"RUNNING"') } : {},
    }

    const { status, failed } = await smokeRun(front.url, admin.token, '--write', '--job-wait', '2')

    expect(status).toBe(1)
    expect(failed).toEqual([
      'a job of statistics runs to its end',
      'the job of the deletion is COMPLETED, and the provider gone',
    ])
    await untilClean()
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('when it is stopped by %s', async (signal) => {
    front.flaw = { before: ({ path }) => (path.endsWith('/verify/') && isWriting() ? 'hang' : undefined) }
    const command = smokeStart(front.url, admin.token, '--write')
    await eventually(providers, (made) => made.length === 1)
    await eventually(
      async () => front.seen.at(-1)?.path ?? '',
      (path) => path.endsWith('/verify/'),
    )

    command.signal(signal)

    const status = await command.exited
    const { stdout, failed } = outcomeOf({ status, stdout: command.stdout(), stderr: command.stderr() })
    expect([status, failed, command.stderr()]).toEqual([1, [], ''])
    expect(stdout).toMatch(/\nThe provider \S+ is deleted\.\nIt was stopped\.\n\d+ passed, 0 failed, \d+ not tried\n$/)
    await untilClean()
  })

  test('when it is stopped while the provider is being made', async () => {
    front.flaw = {
      after: async (_, { method, path, body }) => {
        if (method === 'POST' && path === `${api}/providers/` && body.length > 0) await sleep(1500)
        return {}
      },
    }
    const command = smokeStart(front.url, admin.token, '--write')
    await eventually(providers, (made) => made.length === 1)

    command.signal('SIGINT')
    command.signal('SIGINT')

    expect(await command.exited).toBe(1)
    expect(command.stdout()).toMatch(/\nThe provider \S+ is deleted\.\nIt was stopped\.\n/)
    await untilClean()
  })

  const isWriting = (): boolean => front.seen.some(({ method, body }) => method === 'POST' && body.length > 0)
})

test('what cannot be taken away is told, with how to do it', async () => {
  front.flaw = ofOne(failing('DELETE', oneProvider))

  const { status, stdout } = await smokeRun(front.url, admin.token, '--write')

  const [left] = await providers()
  expect(status).toBe(1)
  expect(left?.name).toMatch(/^grantkeeper-smoke-[0-9a-f]{12} renamed$/)
  expect(stdout).toContain(`is left behind: delete it, by DELETE ${api}/providers/${left?.id}/ (`)
  expect((await admin.delete(`/providers/${left?.id}/`)).status).toBe(202)
  await untilClean()
})
