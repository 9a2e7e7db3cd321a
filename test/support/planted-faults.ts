import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './command.ts'

/** A mistake that a maintainer could make in the product, kept as a patch, and the suites that fail because of it. */
export interface PlantedFault {
  /** `<area>-<what goes wrong>`. */
  readonly name: string
  readonly patch: string
  /** What goes wrong, and for whom. */
  readonly sentence: string
  readonly suites: readonly string[]
  /** The files that it changes. */
  readonly files: readonly string[]
}

const folder = join(root, 'test/faults')

const readFault = (file: string): PlantedFault => {
  const patch = join(folder, file)
  const text = readFileSync(patch, 'utf8')
  const found = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, value = '']) => value)
  return {
    name: file.replace(/\.patch$/, ''),
    patch,
    sentence: found(/^Fault: (.+)$/gm).join('\n'),
    suites: found(/^Caught by: (.+)$/gm),
    files: found(/^diff --git a\/(\S+) b\/\1$/gm),
  }
}

/** All of them, by name. */
export const plantedFaults = (): PlantedFault[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map(readFault)

/**
 * Applies the patch of a fault to a tree, or only looks whether it would. Answers what git has against it, nothing when it
 * is done. The tree may be one without a repository, or lie in another's: git is told that there is none.
 */
export const applyFault = ({ patch }: PlantedFault, tree: string, { check = false } = {}): string => {
  const options = ['--whitespace=nowarn', ...(check ? ['--check'] : [])]
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))
  const env = { ...Object.fromEntries(inherited), GIT_DIR: '/dev/null' }
  const { status, stderr, error } = spawnSync('git', ['apply', ...options, patch], { cwd: tree, env, encoding: 'utf8' })
  if (error) return error.message
  return status === 0 ? '' : stderr || `git ended with ${status}`
}
