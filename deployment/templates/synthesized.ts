import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '../../lib/build/assembly.ts'
import { letStop } from '../command.ts'
import { changed } from './changed.ts'
import { NONE, settings } from './settings.ts'
import type { Template } from './template.ts'

/** What the stack is with some settings. */
export interface Synthesized {
  readonly name: string
  readonly template: Template
  readonly file: string
  /** The file with what the settings change of it: all of it where there are none. */
  readonly changedFile: string
}

/** Synthesizes the stack with each of the settings, once, into a folder. */
export const synthesizeAll = async (folder: string): Promise<readonly Synthesized[]> => {
  const handlersPath = await bundle()
  const { synthesize } = await import('../../lib/infra/synthesize.ts')
  const fileOf = (name: string): string => join(folder, name, 'Grantkeeper.template.json')
  const synthesizeWith = async (name: string): Promise<Template> => {
    await letStop()
    synthesize(join(folder, name), { handlersPath, context: settings[name] ?? {} })
    return JSON.parse(readFileSync(fileOf(name), 'utf8'))
  }
  const without = await synthesizeWith(NONE)
  const all: Synthesized[] = [{ name: NONE, template: without, file: fileOf(NONE), changedFile: fileOf(NONE) }]
  for (const name of Object.keys(settings).filter((one) => one !== NONE)) {
    const template = await synthesizeWith(name)
    const changedFile = join(folder, name, 'changed.template.json')
    writeFileSync(changedFile, JSON.stringify(changed(without, template), undefined, 1))
    all.push({ name, template, file: fileOf(name), changedFile })
  }
  return all
}
