import type { SealedKind } from '../contract/grant.ts'
import { SealBroken } from './envelope.ts'
import { isOverAfter } from './is-over-after.ts'
import { type Entry, KeyCache } from './key-cache.ts'

/** A data key, wrapped by KMS, as the table keeps it. */
export interface WrappedKey extends Wrapping {
  readonly number: number
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/** The bytes that KMS made of a data key, and the ARN of the KMS key under which it did. */
export interface Wrapping {
  readonly wrapped: Uint8Array
  readonly kmsKeyArn: string
}

/** Where wrapped keys are kept. */
export interface WrappedKeyStore {
  newest(orgId: string, kind: SealedKind): Promise<WrappedKey | undefined>
  get(orgId: string, kind: SealedKind, number: number): Promise<WrappedKey | undefined>
  /** False when a key of this number is there already. */
  add(orgId: string, kind: SealedKind, key: WrappedKey): Promise<boolean>
  /** Keeps the same key wrapped anew; false when somebody else has done that since it was read. */
  rewrap(orgId: string, kind: SealedKind, before: WrappedKey, after: Wrapping): Promise<boolean>
  /** Takes the right to look after a key until then; false when its time has not come, or somebody else has it. */
  postpone(orgId: string, kind: SealedKind, number: number, dueAt: number): Promise<boolean>
}

/** What wraps them: KMS, under an encryption context of application, organization, kind and number. */
export interface KeyWrapper {
  generate(context: WrapContext): Promise<Wrapping & { readonly key: Uint8Array }>
  unwrap(context: WrapContext, wrapping: Wrapping): Promise<Uint8Array>
  /** The same key under today's KMS key, without its leaving KMS; undefined where it is that already. */
  rewrap(context: WrapContext, wrapping: Wrapping): Promise<Wrapping | undefined>
}

export interface WrapContext {
  readonly orgId: string
  readonly kind: SealedKind
  readonly number: number
}

export interface DataKeys {
  /**
   * Runs `work` with the newest key; the first use by an organization makes it. It may be the one before for
   * `NEWEST_SECONDS` after a rotation, but none older than number `atLeast`.
   */
  useNewest<Result>(
    orgId: string,
    kind: SealedKind,
    work: (key: Uint8Array, number: number) => Result,
    atLeast?: number,
  ): Promise<Result>
  /** Runs `work` with the key of this number. Throws `SealBroken` when there is none. */
  use<Result>(orgId: string, kind: SealedKind, number: number, work: (key: Uint8Array) => Result): Promise<Result>
}

/** So many seconds an environment may go on sealing under a key that is not the newest any more. */
export const NEWEST_SECONDS = 60

/**
 * One data key per organization and kind. An execution environment keeps unwrapped ones for `cacheSeconds` (0: not at
 * all), which is also the time that a withdrawn KMS right takes to bite. `work` is synchronous: no key outlives it in a
 * caller's hands, so what leaves the cache can be zeroed.
 */
export const dataKeys = (store: WrappedKeyStore, wrapper: KeyWrapper, cacheSeconds: number): DataKeys => {
  const cache = new KeyCache(cacheSeconds)
  const newest = new Map<string, { readonly number: Promise<number>; readonly isOver: () => boolean }>()
  const newestMs = Math.min(cacheSeconds, NEWEST_SECONDS) * 1000
  const name = (orgId: string, kind: SealedKind, number: number): string => JSON.stringify([orgId, kind, number])

  const unwrap = async (orgId: string, kind: SealedKind, { number, ...wrapping }: WrappedKey): Promise<Entry> => ({
    number,
    key: await wrapper.unwrap({ orgId, kind, number }, wrapping),
  })

  /** The number of the newest key, which is made when there is none. */
  const findNewest = async (orgId: string, kind: SealedKind): Promise<number> => {
    const found = await store.newest(orgId, kind)
    if (found) return found.number
    const { key, ...wrapping } = await wrapper.generate({ orgId, kind, number: 1 })
    // Where somebody was first, what they may have sealed already opens only under theirs.
    if (await store.add(orgId, kind, { number: 1, createdAt: Date.now(), ...wrapping }))
      cache.put(name(orgId, kind, 1), { number: 1, key })
    else key.fill(0)
    return 1
  }

  const newestNumber = async (orgId: string, kind: SealedKind, atLeast: number): Promise<number> => {
    const owner = JSON.stringify([orgId, kind])
    const known = newest.get(owner)
    if (known && !known.isOver() && (await known.number) >= atLeast) return known.number
    const number = findNewest(orgId, kind).catch(async (error: unknown) => {
      // What a provider has just given must not be lost because nobody could say whether there is a newer key; but who
      // asks for a newer one has nothing to lose.
      const before = await known?.number
      if (before === undefined || before < atLeast) throw error
      return before
    })
    if (newest.size >= MOST_OWNERS) newest.clear()
    newest.set(owner, { number, isOver: isOverAfter(newestMs) })
    // What failed is asked anew by the next.
    number.catch(() => newest.delete(owner))
    return number
  }

  const use: DataKeys['use'] = (orgId, kind, number, work) =>
    cache.use(
      name(orgId, kind, number),
      async () => {
        const found = await store.get(orgId, kind, number)
        if (!found) throw new SealBroken()
        return unwrap(orgId, kind, found)
      },
      ({ key }) => work(key),
    )

  return {
    use,
    useNewest: async (orgId, kind, work, atLeast = 0) => {
      const number = await newestNumber(orgId, kind, atLeast)
      return use(orgId, kind, number, (key) => work(key, number))
    },
  }
}

/** So many organizations' newest numbers are remembered at most. */
const MOST_OWNERS = 10_000
