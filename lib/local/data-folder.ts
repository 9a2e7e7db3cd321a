import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The folder in which a local stack keeps its data, held by one stack at a time. */
export interface DataFolder {
  readonly path: string
  /** A value remembered from an earlier start. */
  recall(name: string): string | undefined
  /** Remembers a small value; it is on disk when this returns. */
  remember(name: string, value: string): void
  /** Lets go of the folder. */
  close(): void
}

/**
 * Makes the folder (readable by its owner alone) and takes it.
 * Throws one clear line when another stack, in this process or another, has it.
 */
export function openDataFolder(folder: string): DataFolder {
  const path = resolve(folder)
  const pidFile = join(path, 'stack.pid')
  mkdirSync(path, { recursive: true, mode: 0o700 })
  // One that is there may have been made by somebody less careful.
  chmodSync(path, 0o700)
  const database = takeDatabase(join(path, 'stack.sqlite'), () => {
    const holder = readFileSync(pidFile, { encoding: 'utf8', flag: 'a+' })
    return new Error(`the data folder ${path} is in use by another local stack${holder && ` (process ${holder})`}`)
  })
  writeFileSync(pidFile, String(process.pid), { mode: 0o600 })

  const select = database.prepare('SELECT value FROM remembered WHERE name = ?')
  const upsert = database.prepare('INSERT OR REPLACE INTO remembered (name, value) VALUES (?, ?)')
  return {
    path,
    recall(name) {
      const value = select.get(name)?.value
      return typeof value === 'string' ? value : undefined
    },
    remember(name, value) {
      upsert.run(name, value)
    },
    close: () => database.close(),
  }
}

const sqliteBusy = 5

// The lock is SQLite's own file lock: the kernel takes it back however its holder ends,
// so there is no stale lock to recognise and no race between two that do.
function takeDatabase(file: string, inUse: () => Error): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS remembered (name TEXT PRIMARY KEY, value TEXT); COMMIT')
    return database
  } catch (error) {
    database.close()
    throw (error as { readonly errcode?: number }).errcode === sqliteBusy ? inUse() : error
  }
}
