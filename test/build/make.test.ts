import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { make } from '../../lib/build/make.ts'

const place = mkdtempSync(join(tmpdir(), 'make-'))
afterAll(() => rmSync(place, { recursive: true }))

const fillWith = (text: string) => async (fresh: string) => {
  mkdirSync(fresh)
  writeFileSync(join(fresh, 'file'), text)
}

describe('a folder that is made of the sources', () => {
  test('is made once', async () => {
    const folder = join(place, 'once')
    await make(folder, fillWith('first'))
    await make(folder, fillWith('second'))

    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('first')
  })

  test('is that of who made it first, where several do at one time: others may be reading it', async () => {
    const folder = join(place, 'several')
    await make(folder, async (fresh) => {
      await fillWith('second')(fresh)
      await make(folder, fillWith('first'))
    })

    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('first')
    expect(readdirSync(place).filter((name) => name.startsWith('several'))).toEqual(['several', 'several.stamp'])
  })

  test('stays as it was where making it fails', async () => {
    const folder = join(place, 'failing')
    await make(folder, fillWith('first'), ['.editorconfig'])
    const failing = make(folder, () => Promise.reject(new Error('no room')))

    await expect(failing).rejects.toThrow('no room')
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('first')
  })
})
