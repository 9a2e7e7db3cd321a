import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { aToken, type Command, endCommands, processesOf, root, start } from '../support/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
afterAll(async () => {
  await endCommands()
  rmSync(folder, { recursive: true })
})

/** The stack must be gone after so long. */
const STOP_MS = 5_000

const aFolder = (): string => mkdtempSync(join(folder, 'data-'))

/** Milliseconds from the signal until the command, and everything that belongs to the text, is gone. */
const stop = async (command: Command, text: string, send: () => void): Promise<number> => {
  const begin = performance.now()
  send()
  await command.exited
  while (processesOf(text).length > 0 && performance.now() - begin < 2 * STOP_MS) await delay(20)
  return performance.now() - begin
}

const ctrlCTwice = (command: Command): void => {
  command.signal('SIGINT', 'group')
  const again = setTimeout(() => command.signal('SIGINT', 'group'), 100)
  void command.exited.then(() => clearTimeout(again))
}

/** Requests that the function answers only after the stack is gone: the demo provider is slow. */
const keepBusy = async (url: string, dataDir: string, said: string): Promise<void> => {
  const [, issuer = ''] = /The demo provider +(\S+)/.exec(said) ?? []
  const [, clientSecret = ''] = /"clientSecret": "([^"]+)"/.exec(said) ?? []
  const api = `${url}/api/v2/externalOAuth/providers/`
  const headers = {
    authorization: `Bearer ${await aToken(dataDir, '--user', 'ada', '--org', 'acme', '--role', 'admin')}`,
    'content-type': 'application/json',
  }
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as Record<string, unknown>
  }
  const { id } = await post('', {
    type: 'oauth2',
    name: 'Slow',
    clientId: 'grantkeeper-demo',
    clientSecret,
    authorizationUrl: `${issuer}/auth`,
    tokenUrl: `${issuer}/token`,
    fieldMap: { sub: '/sub' },
  })
  await fetch(`${issuer}/control/setBehaviour`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tokenDelayMs: 20_000 }),
  })
  const { state } = await post(`${id}/authorize/`, {})
  void post('callback/', { providerId: id, state, code: 'some-code' }).catch(() => undefined)
  for (let asked = false; !asked; await delay(20)) {
    const response = await fetch(`${issuer}/control/requests`)
    asked = JSON.stringify(await response.json()).includes('authorization_code')
  }
}

describe('npm start ends with everything it started', () => {
  test.each([
    ['SIGTERM to npm', 'thread', (command: Command) => command.signal('SIGTERM')],
    ['SIGINT to npm', 'thread', (command: Command) => command.signal('SIGINT')],
    ['Ctrl-C in the terminal', 'thread', (command: Command) => command.signal('SIGINT', 'group')],
    ['Ctrl-C in the terminal', 'process', (command: Command) => command.signal('SIGINT', 'group')],
    ['Ctrl-C pressed twice', 'thread', ctrlCTwice],
    ['SIGTERM to npm', 'process', (command: Command) => command.signal('SIGTERM')],
    ['a closed terminal', 'process', (command: Command) => command.signal('SIGHUP', 'group')],
  ] as const)('after %s, with functions in a %s', async (_title, kind, send) => {
    const dataDir = aFolder()
    const command = start('npm', ['start'], { PORT: '0', DATA_DIR: dataDir, ENVIRONMENT_KIND: kind })
    const url = await command.ready()
    await aToken(dataDir, '--user', 'ada', '--org', 'acme').then((token) =>
      fetch(`${url}/api/v2/externalOAuth/providers/`, { headers: { authorization: `Bearer ${token}` } }),
    )
    const before = processesOf(dataDir)

    const tookMs = await stop(command, dataDir, () => send(command))

    expect(before.length).toBeGreaterThan(2)
    expect(processesOf(dataDir)).toEqual([])
    expect(tookMs).toBeLessThan(STOP_MS)
    expect(command.stderr()).toBe('')
  })

  test('within the same time while a request waits for a slow provider', async () => {
    const dataDir = aFolder()
    const command = start('npm', ['start'], { PORT: '0', DATA_DIR: dataDir })
    await keepBusy(await command.ready(), dataDir, command.stdout())

    const tookMs = await stop(command, dataDir, () => command.signal('SIGTERM'))

    expect(processesOf(dataDir)).toEqual([])
    expect(tookMs).toBeLessThan(STOP_MS)
    expect(await command.exited).toBe(0)
  })

  test('also when it is stopped before it is ready', async () => {
    const dataDir = aFolder()
    const command = start('npm', ['start'], { PORT: '0', DATA_DIR: dataDir })
    while (!processesOf(join(dataDir, 'dynamodb.sqlite')).length) await delay(5)

    const tookMs = await stop(command, dataDir, () => command.signal('SIGTERM'))

    expect(processesOf(dataDir)).toEqual([])
    expect(tookMs).toBeLessThan(STOP_MS)
  })

  test('also when its database dies: that is said in one line, and the status is 1', async () => {
    const dataDir = aFolder()
    const command = start('npm', ['start'], { PORT: '0', DATA_DIR: dataDir })
    await command.ready()
    const [database] = processesOf(join(dataDir, 'dynamodb.sqlite'))
    // Without a pid the signal would go to the test's own group.
    if (database === undefined) throw new Error('There is no database to end')

    await stop(command, dataDir, () => process.kill(database, 'SIGKILL'))

    expect(processesOf(dataDir)).toEqual([])
    expect(command.stderr()).toBe('dynoxide ended by itself (SIGKILL)\n')
    expect(await command.exited).toBe(1)
  })
})

/** npm's own cache is no concern of ours. */
const leftIn = (temporary: string): string[] => readdirSync(temporary).filter((name) => name !== 'node-compile-cache')

describe('npm run demo', () => {
  test('plays the main job, says every step, and leaves nothing behind', async () => {
    const temporary = aFolder()
    const command = start('npm', ['run', 'demo'], { TMPDIR: temporary })

    const status = await command.exited

    expect(command.stderr()).toBe('')
    expect(status).toBe(0)
    expect(command.stdout().match(/^# .+$/gm)).toHaveLength(7)
    expect(leftIn(temporary)).toEqual([])
    expect(processesOf(temporary)).toEqual([])
  })

  test('leaves nothing behind when it is stopped', async () => {
    const temporary = aFolder()
    const command = start(process.execPath, [join(root, 'bin/demo.ts')], { TMPDIR: temporary })
    for (let tries = 0; tries < 3000 && !command.stdout().includes('# A user connects'); tries++) await delay(10)

    await stop(command, temporary, () => command.signal('SIGINT', 'group'))

    expect(command.stderr()).toBe('The demo was stopped\n')
    expect(leftIn(temporary)).toEqual([])
    expect(processesOf(temporary)).toEqual([])
  })
})
