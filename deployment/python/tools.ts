import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../lib/build/make.ts'
import { run } from '../command.ts'

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt')
const FOLDER = `${root}dist/python`
const STAMP = join(FOLDER, 'requirements.sha256')

/** A program of the tools: `python`, `cfn-lint`, `ministack`. */
export const tool = (name: string): string => join(FOLDER, 'bin', name)

/**
 * Installs the Python tools into a folder of their own, unless those of the requirements are there already: the exact
 * versions, with the very contents that are known of them. Throws when that fails, with what was said.
 */
export const installTools = async (log: string): Promise<void> => {
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return
  rmSync(FOLDER, { recursive: true, force: true })
  // Where packages come from is a setting of the machine.
  const options = { log, env: process.env }
  await run('python3', ['-m', 'venv', FOLDER], options).catch((error: Error) => {
    throw new Error(`Python 3.11 with its venv is needed (on Debian python3 and python3-venv): ${error.message}`)
  })
  const exactly = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--requirement', REQUIREMENTS]
  // What is never imported need not be compiled.
  await run(tool('pip'), ['install', '--quiet', '--disable-pip-version-check', '--no-compile', ...exactly], options)
  writeFileSync(STAMP, wanted)
}
