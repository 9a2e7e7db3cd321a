import type { Adapter, AdapterPayload } from 'oidc-provider'

/** What is kept of one session, grant or token. */
export interface StoredEntry {
  payload: AdapterPayload
  /** Epoch milliseconds; absent when it does not expire. */
  expiresAt?: number
}

/**
 * The entries of one oidc-provider model, in memory. Each change is told to `changed`, a deletion with null.
 * Nothing here waits for I/O: what lies between oidc-provider's look at a refresh token and its mark that it is used
 * is then never interleaved with another request, and of many uses at once exactly one wins.
 */
export class ModelStore implements Adapter {
  readonly #changed: (id: string, entry: StoredEntry | null) => void
  readonly #entries = new Map<string, StoredEntry>()
  readonly #byGrant = new Map<string, Set<string>>()

  constructor(changed: (id: string, entry: StoredEntry | null) => void) {
    this.#changed = changed
  }

  get size(): number {
    return this.#entries.size
  }

  entries(): IterableIterator<[string, StoredEntry]> {
    return this.#entries.entries()
  }

  /** Payloads that have not expired. */
  *live(): Generator<AdapterPayload> {
    const now = Date.now()
    for (const entry of this.#entries.values()) if (!isExpired(entry, now)) yield entry.payload
  }

  /** Puts back what was stored before, without telling of it. */
  restore(id: string, entry: StoredEntry | null): void {
    this.#forget(id)
    if (!entry) return
    this.#entries.set(id, entry)
    const { grantId } = entry.payload
    if (grantId === undefined) return
    const ids = this.#byGrant.get(grantId) ?? new Set()
    this.#byGrant.set(grantId, ids.add(id))
  }

  dropExpired(): void {
    const now = Date.now()
    for (const [id, entry] of this.#entries) if (isExpired(entry, now)) this.#forget(id)
  }

  async upsert(id: string, payload: AdapterPayload, expiresInSeconds?: number): Promise<void> {
    const expiry = expiresInSeconds === undefined ? {} : { expiresAt: Date.now() + expiresInSeconds * 1000 }
    const entry = { payload, ...expiry }
    this.restore(id, entry)
    this.#changed(id, entry)
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const entry = this.#entries.get(id)
    return entry && !isExpired(entry, Date.now()) ? entry.payload : undefined
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.uid === uid)
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.userCode === userCode)
  }

  async consume(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.payload.consumed = Math.floor(Date.now() / 1000)
    this.#changed(id, entry)
  }

  async destroy(id: string): Promise<void> {
    if (!this.#forget(id)) return
    this.#changed(id, null)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const id of [...(this.#byGrant.get(grantId) ?? [])]) await this.destroy(id)
  }

  #first(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const payload of this.live()) if (matches(payload)) return payload
    return undefined
  }

  #forget(id: string): boolean {
    const grantId = this.#entries.get(id)?.payload.grantId
    if (grantId !== undefined) {
      const ids = this.#byGrant.get(grantId)
      ids?.delete(id)
      if (ids?.size === 0) this.#byGrant.delete(grantId)
    }
    return this.#entries.delete(id)
  }
}

function isExpired(entry: StoredEntry, now: number): boolean {
  return entry.expiresAt !== undefined && entry.expiresAt <= now
}
