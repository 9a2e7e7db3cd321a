import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the project, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** What handlers and template are made of. */
const sources: readonly string[] = ['lib', 'functions', 'bin', 'openapi.json', 'cdk.json', 'package-lock.json']

const filesOf = (source: string): string[] => {
  const path = join(root, source)
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const stampOf = (made: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const file of made.flatMap(filesOf).sort())
    hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

const stampFile = (folder: string): string => `${folder}.stamp`

const hasStamp = (folder: string, stamp: string): boolean =>
  existsSync(stampFile(folder)) && readFileSync(stampFile(folder), 'utf8') === stamp

/** Whether a folder was made of the sources as they are. */
export const isMade = (folder: string): boolean => hasStamp(folder, stampOf(sources))

/**
 * Makes a folder anew, unless it is of the sources as they are, and of what else it is made of. What was there stays until
 * the new one is complete. Answers the folder.
 */
export const make = async (
  folder: string,
  fill: (fresh: string) => Promise<void>,
  others: readonly string[] = [],
): Promise<string> => {
  const stamp = stampOf([...sources, ...others])
  if (hasStamp(folder, stamp)) return folder
  const fresh = `${folder}.${randomUUID()}`
  try {
    await fill(fresh)
    // Another process may have made it meanwhile, and others may read it by now.
    if (hasStamp(folder, stamp)) return folder
    rmSync(stampFile(folder), { force: true })
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
    writeFileSync(stampFile(folder), stamp)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return folder
}
