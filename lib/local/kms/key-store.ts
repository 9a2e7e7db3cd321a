import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** One version of a key. */
export interface KeyMaterial {
  /** 32 bytes in hex; written into every blob, so that old versions keep decrypting what they encrypted. */
  readonly id: string
  /** The AES-256 key in base64. */
  readonly secret: string
}

/** A symmetric key. Times are milliseconds since the epoch. */
export interface StoredKey {
  readonly id: string
  readonly description: string
  readonly createdAt: number
  state: 'Enabled' | 'Disabled' | 'PendingDeletion'
  deletionAt?: number
  rotation?: { readonly enabledAt: number; readonly periodInDays: number }
  /** Newest first; the newest encrypts, all decrypt. */
  readonly materials: [KeyMaterial, ...KeyMaterial[]]
}

/** Another name of a key, with its prefix: `alias/...`. */
export interface StoredAlias {
  readonly name: string
  readonly keyId: string
  readonly createdAt: number
}

/** All that the key file holds. */
export interface StoredKeys {
  readonly format: 'local-kms-1'
  keys: StoredKey[]
  aliases: StoredAlias[]
}

/** A new random version of a key. */
export function newKeyMaterial(): KeyMaterial {
  return { id: randomBytes(32).toString('hex'), secret: randomBytes(32).toString('base64') }
}

/** The keys of the local KMS, kept unencrypted in one file of mode 0600. For one process at a time. */
export class KeyStore {
  readonly #file: string
  #stored: StoredKeys

  /** Reads the file, if there is one. Throws when it is not a key file, rather than ever overwrite it. */
  constructor(file: string) {
    this.#file = file
    this.#stored = read(file)
  }

  get keys(): readonly Readonly<StoredKey>[] {
    return this.#stored.keys
  }

  get aliases(): readonly StoredAlias[] {
    return this.#stored.aliases
  }

  /** Makes a change that is on the disk when this returns, and is not seen at all when it throws. */
  update(change: (stored: StoredKeys) => void): void {
    const next = structuredClone(this.#stored)
    change(next)
    write(this.#file, next)
    this.#stored = next
  }
}

function read(file: string): StoredKeys {
  if (!existsSync(file)) return { format: 'local-kms-1', keys: [], aliases: [] }
  const stored = parse(readFileSync(file, 'utf8'))
  if (!stored) throw new Error(`${file} is not a key file of the local KMS`)
  chmodSync(file, 0o600)
  return stored
}

function parse(text: string): StoredKeys | undefined {
  try {
    // Only `write` makes files of this format.
    const stored = JSON.parse(text) as StoredKeys | null
    return stored?.format === 'local-kms-1' ? stored : undefined
  } catch {
    // The parser's own error quotes the text, and the text holds keys.
    return undefined
  }
}

function write(file: string, stored: StoredKeys): void {
  const folder = dirname(file)
  const temporary = `${file}.tmp`
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  rmSync(temporary, { force: true })
  writeFileSync(temporary, JSON.stringify(stored), { mode: 0o600, flag: 'wx', flush: true })
  renameSync(temporary, file)
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
