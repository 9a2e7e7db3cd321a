import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { ModelStore, type StoredEntry } from './model-store.ts'

/** One line of the log: model, id, and the entry or null when it is gone. */
type LogLine = readonly [model: string, id: string, entry: StoredEntry | null]

/** Superfluous lines that are allowed before the log is written anew. */
const SLACK = 10_000

/**
 * The state of one oidc-provider: in memory, with a log in a file (0600) that has every change as soon as it is made,
 * so that a restart, also after a kill, goes on where it was. One process at a time.
 */
export class FileStore {
  readonly #path: string
  readonly #models = new Map<string, ModelStore>()
  #file: number | undefined
  #lines = 0

  /** Opens the log at `path`, making it and its folder where needed. */
  constructor(path: string) {
    this.#path = path
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    for (const [model, id, entry] of readLog(path)) this.model(model).restore(id, entry)
    this.#file = this.#rewrite()
  }

  /** The entries of one model of oidc-provider, e.g. `RefreshToken`; usable as its adapter. */
  model(name: string): ModelStore {
    const known = this.#models.get(name)
    if (known) return known
    const made = new ModelStore((id, entry) => this.#append([name, id, entry]))
    this.#models.set(name, made)
    return made
  }

  /** Closes the file; a request that is still being answered then changes memory only. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  // Written at once and not gathered: a line costs microseconds, and a killed process then loses nothing.
  #append(line: LogLine): void {
    if (this.#file === undefined) return
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
    this.#lines += 1
    if (this.#lines > SLACK + 2 * this.#size()) {
      closeSync(this.#file)
      this.#file = this.#rewrite()
    }
  }

  #size(): number {
    return [...this.#models.values()].reduce((sum, model) => sum + model.size, 0)
  }

  #rewrite(): number {
    const lines: string[] = []
    for (const [name, model] of this.#models) {
      model.dropExpired()
      for (const [id, entry] of model.entries()) lines.push(`${JSON.stringify([name, id, entry])}\n`)
    }
    const draft = `${this.#path}.draft`
    writeFileSync(draft, lines.join(''), { mode: 0o600 })
    renameSync(draft, this.#path)
    this.#lines = lines.length
    return openSync(this.#path, 'a', 0o600)
  }
}

function readLog(path: string): LogLine[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  // What follows the last line end was cut off by a kill and never took effect.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogLine)
}
