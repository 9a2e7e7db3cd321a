import { existsSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { endCommands, processesOf, start } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'

afterAll(endCommands)

const play = (act: string) => start('node', [`${import.meta.dirname}/a-part.ts`, act])
const folderIn = (stdout: string): string => /^folder (\S+)$/m.exec(stdout)?.[1] ?? ''

/** Waits for what has been killed to be gone. */
const goneFrom = (folder: string) =>
  eventually(
    async () => processesOf(folder),
    (left) => left.length === 0,
    5,
  )

describe('a part of the deployment check', () => {
  test.each([
    ['ends', 0, /^ok +\d+\.\d s, +\d+\.\d s CPU {2}the act$/m, /^$/],
    ['leaves something that runs', 0, /^ok .* the act$/m, /^$/],
    ['fails', 1, /^FAILED .* the act$/m, /^sh ended with 3:\n71\n72\n(\d+\n)+99\ntoo bad\n$/],
    ['is not there', 1, /^FAILED .* the act$/m, /ENOENT/],
  ])('that %s leaves nothing: no folder, and nothing that runs', async (act, expected, stdout, stderr) => {
    const command = play(act)
    const status = await command.exited

    expect([status, command.stdout(), command.stderr()]).toEqual([
      expected,
      expect.stringMatching(stdout),
      expect.stringMatching(stderr),
    ])
    const folder = folderIn(command.stdout())
    expect(folder).not.toBe('')
    expect(existsSync(folder)).toBe(false)
    await goneFrom(folder)
  })

  test.each([
    ['hangs', 'SIGINT'],
    ['hangs', 'SIGTERM'],
    ['hangs and will not end', 'SIGTERM'],
  ] as const)('that %s leaves nothing when it gets %s', async (act, signal) => {
    const command = play(act)
    await eventually(
      async () => command.stdout(),
      (stdout) => stdout.includes('ready'),
    )
    const folder = folderIn(command.stdout())
    await eventually(
      async () => processesOf(folder).length,
      (count) => count >= 4,
    )

    command.signal(signal)

    expect([await command.exited, command.stderr()]).toEqual([1, 'It was stopped.\n'])
    expect(existsSync(folder)).toBe(false)
    await goneFrom(folder)
  })
})
