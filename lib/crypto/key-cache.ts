import { isOverAfter } from './is-over-after.ts'

/** An unwrapped data key. */
export interface Entry {
  readonly number: number
  readonly key: Uint8Array
}

interface Cached extends Entry {
  readonly isOver: () => boolean
}

/** So many keys are held at most: 32 kB of secrets. */
const MOST = 1000

/**
 * Keys in clear, for a while. What leaves is zeroed; one load is in flight per key, however many ask for it.
 * Times are on both clocks.
 */
export class KeyCache {
  readonly #seconds: number
  readonly #entries = new Map<string, Cached>()
  readonly #loading = new Map<string, Promise<Entry>>()

  constructor(seconds: number) {
    this.#seconds = seconds
  }

  /** Runs `work`, which must be synchronous, with the named key, loaded if need be. */
  async use<Result>(name: string, load: () => Promise<Entry>, work: (entry: Entry) => Result): Promise<Result> {
    this.#dropExpired()
    const cached = this.#entries.get(name)
    if (cached) return work(cached)
    if (this.#seconds <= 0) return useOnce(await load(), work)
    const entry = await this.#loadOnce(name, load)
    // Between the load and here it may have been zeroed to make room; then it is loaded again.
    return this.#entries.get(name) === entry ? work(entry) : this.use(name, load, work)
  }

  /** Keeps a key that was made just now. */
  put(name: string, entry: Entry): void {
    if (this.#seconds > 0 && !this.#entries.has(name)) this.#keep(name, entry)
    else entry.key.fill(0)
  }

  #loadOnce(name: string, load: () => Promise<Entry>): Promise<Entry> {
    const loading = this.#loading.get(name)
    if (loading) return loading
    const started = load()
      .then((entry) => this.#keep(name, entry))
      .finally(() => this.#loading.delete(name))
    this.#loading.set(name, started)
    return started
  }

  #keep(name: string, entry: Entry): Entry {
    const replaced = this.#entries.get(name)
    if (replaced) this.#drop(name, replaced)
    const [oldest] = this.#entries
    if (oldest && this.#entries.size >= MOST) this.#drop(...oldest)
    const cached = { ...entry, isOver: isOverAfter(this.#seconds * 1000) }
    this.#entries.set(name, cached)
    return cached
  }

  /** All live equally long, so those that came first end first. */
  #dropExpired(): void {
    for (const [name, entry] of this.#entries) {
      if (!entry.isOver()) return
      this.#drop(name, entry)
    }
  }

  #drop(name: string, { key }: Cached): void {
    this.#entries.delete(name)
    key.fill(0)
  }
}

const useOnce = <Result>(entry: Entry, work: (entry: Entry) => Result): Result => {
  try {
    return work(entry)
  } finally {
    entry.key.fill(0)
  }
}
