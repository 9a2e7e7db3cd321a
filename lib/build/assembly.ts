import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The synthesized stack that the local stack and the tests serve. */
export const ASSEMBLY = `${root}dist/assembly`
/** The built handlers: the one asset of all functions. */
const HANDLERS = `${root}dist/handlers`

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

const stampFile = (folder: string): string => `${folder}.stamp`

const isMadeOf = (folder: string, stamp: string): boolean =>
  existsSync(stampFile(folder)) && readFileSync(stampFile(folder), 'utf8') === stamp

/** Makes a folder anew, unless it is of the sources as they are. What was there stays until the new one is complete. */
const make = async (folder: string, fill: (fresh: string) => Promise<void>): Promise<string> => {
  const stamp = stampOfSources()
  if (isMadeOf(folder, stamp)) return folder
  const fresh = `${folder}.${process.pid}`
  try {
    await fill(fresh)
    rmSync(stampFile(folder), { force: true })
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
    writeFileSync(stampFile(folder), stamp)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return folder
}

/** Whether what was built is of the sources as they are. */
export const isBuilt = (): boolean => isMadeOf(ASSEMBLY, stampOfSources())

// What builds is loaded only when there is something to build: together they take a second.

/** Bundles the handlers, unless they are there already. Answers their folder. */
export const bundle = (): Promise<string> =>
  make(HANDLERS, async (fresh) => {
    const { buildHandlers } = await import('./handlers.ts')
    await buildHandlers(fresh)
  })

/** Bundles the handlers and synthesizes the stack, unless both are there already. Answers the assembly's folder. */
export const assemble = (): Promise<string> =>
  make(ASSEMBLY, async (fresh) => {
    const handlersPath = await bundle()
    const { synthesize } = await import('../infra/synthesize.ts')
    synthesize(fresh, { handlersPath })
  })
