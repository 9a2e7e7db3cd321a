import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The synthesized stack that the local stack and the tests serve. */
export const ASSEMBLY = `${root}dist/assembly`
const STAMP = `${root}dist/stamp`

/** What handlers and template are made of. */
const sources = ['lib', 'functions', 'bin', 'openapi.json', 'cdk.json', 'package-lock.json']

const filesOf = (path: string): string[] => {
  const entries = path.includes('.')
    ? undefined
    : readdirSync(join(root, path), { recursive: true, withFileTypes: true })
  if (!entries) return existsSync(join(root, path)) ? [join(root, path)] : []
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const stampOfSources = (): string => {
  const hash = createHash('sha256')
  for (const file of sources.flatMap(filesOf).sort())
    hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** Whether what was built is of the sources as they are. */
export const isBuilt = (): boolean => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stampOfSources()

/** Builds the handlers and synthesizes the stack, unless both are there already. Answers the assembly's folder. */
export const assemble = async (): Promise<string> => {
  const stamp = stampOfSources()
  if (isBuilt()) return ASSEMBLY
  rmSync(STAMP, { force: true })
  // Loaded only when there is something to build: together they take a second.
  const { buildHandlers } = await import('./handlers.ts')
  const { synthesize } = await import('../infra/synthesize.ts')
  await buildHandlers()
  const fresh = `${ASSEMBLY}.${process.pid}`
  synthesize(fresh)
  rmSync(ASSEMBLY, { recursive: true, force: true })
  renameSync(fresh, ASSEMBLY)
  writeFileSync(STAMP, stamp)
  return ASSEMBLY
}
