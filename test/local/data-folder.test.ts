import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openDataFolder } from '../../lib/local/data-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'folder-'))
afterAll(() => rmSync(root, { recursive: true }))

/** A process that takes the folder and waits to be killed. */
async function aHolder(folder: string) {
  const module = join(import.meta.dirname, '../../lib/local/data-folder.ts')
  const script = `const { openDataFolder } = await import(${JSON.stringify(module)})
    const folder = openDataFolder(${JSON.stringify(folder)})
    folder.remember('colour', 'red')
    process.stdout.write('taken')
    setTimeout(() => folder.close(), 60_000)`
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  return holder
}

describe('a data folder', () => {
  test('is made for its owner alone', () => {
    const path = join(root, 'new', 'folder')
    openDataFolder(path).close()

    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  test('remembers values across restarts', () => {
    const path = join(root, 'values')
    const first = openDataFolder(path)
    first.remember('port', '1')
    first.remember('port', '2')
    first.close()

    const second = openDataFolder(path)
    const values = [second.recall('port'), second.recall('other')]
    second.close()

    expect(values).toEqual(['2', undefined])
  })

  test('belongs to one stack at a time, also within a process', () => {
    const path = join(root, 'held')
    const first = openDataFolder(path)

    expect(() => openDataFolder(path)).toThrow(
      `the data folder ${path} is in use by another local stack (process ${process.pid})`,
    )
    first.close()
    openDataFolder(path).close()
  })

  test('is free again when its holder is killed, with what was remembered', async () => {
    const path = join(root, 'killed')
    const holder = await aHolder(path)
    expect(() => openDataFolder(path)).toThrow(`(process ${holder.pid})`)

    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const folder = openDataFolder(path)
    const colour = folder.recall('colour')
    folder.close()

    expect(colour).toBe('red')
  })
})
