import type { SealedKind } from '../contract/grant.ts'
import { SealBroken } from './envelope.ts'
import { type Entry, KeyCache } from './key-cache.ts'

/** A data key, wrapped by KMS, as the table keeps it. */
export interface WrappedKey {
  readonly number: number
  readonly wrapped: Uint8Array
}

/** Where wrapped keys are kept. */
export interface WrappedKeyStore {
  newest(orgId: string, kind: SealedKind): Promise<WrappedKey | undefined>
  get(orgId: string, kind: SealedKind, number: number): Promise<WrappedKey | undefined>
  /** False when a key of this number is there already. */
  add(orgId: string, kind: SealedKind, key: WrappedKey): Promise<boolean>
}

/** What wraps them: KMS, under an encryption context of application, organization, kind and number. */
export interface KeyWrapper {
  generate(context: WrapContext): Promise<{ key: Uint8Array; wrapped: Uint8Array }>
  unwrap(context: WrapContext, wrapped: Uint8Array): Promise<Uint8Array>
}

export interface WrapContext {
  readonly orgId: string
  readonly kind: SealedKind
  readonly number: number
}

export interface DataKeys {
  /** Runs `work` with the newest key; the first use by an organization makes it. */
  useNewest<Result>(orgId: string, kind: SealedKind, work: (key: Uint8Array, number: number) => Result): Promise<Result>
  /** Runs `work` with the key of this number. Throws `SealBroken` when there is none. */
  use<Result>(orgId: string, kind: SealedKind, number: number, work: (key: Uint8Array) => Result): Promise<Result>
}

/**
 * One data key per organization and kind. An execution environment keeps unwrapped ones for `cacheSeconds` (0: not at
 * all), which is also the time that a withdrawn KMS right takes to bite. `work` is synchronous: no key outlives it in a
 * caller's hands, so what leaves the cache can be zeroed.
 */
export const dataKeys = (store: WrappedKeyStore, wrapper: KeyWrapper, cacheSeconds: number): DataKeys => {
  const cache = new KeyCache(cacheSeconds)
  const newest = new Map<string, { readonly number: Promise<number>; readonly until: number }>()
  const name = (orgId: string, kind: SealedKind, number: number): string => JSON.stringify([orgId, kind, number])

  const unwrap = async (orgId: string, kind: SealedKind, { number, wrapped }: WrappedKey): Promise<Entry> => ({
    number,
    key: await wrapper.unwrap({ orgId, kind, number }, wrapped),
  })

  /** The number of the newest key, which is made when there is none. */
  const findNewest = async (orgId: string, kind: SealedKind): Promise<number> => {
    const found = await store.newest(orgId, kind)
    if (found) return found.number
    const { key, wrapped } = await wrapper.generate({ orgId, kind, number: 1 })
    // Where somebody was first, what they may have sealed already opens only under theirs.
    if (await store.add(orgId, kind, { number: 1, wrapped })) cache.put(name(orgId, kind, 1), { number: 1, key })
    else key.fill(0)
    return 1
  }

  const newestNumber = (orgId: string, kind: SealedKind): Promise<number> => {
    const owner = JSON.stringify([orgId, kind])
    const known = newest.get(owner)
    if (known && known.until > performance.now()) return known.number
    const number = findNewest(orgId, kind)
    if (newest.size >= MOST_OWNERS) newest.clear()
    newest.set(owner, { number, until: performance.now() + cacheSeconds * 1000 })
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
    useNewest: async (orgId, kind, work) => {
      const number = await newestNumber(orgId, kind)
      return use(orgId, kind, number, (key) => work(key, number))
    },
  }
}

/** So many organizations' newest numbers are remembered at most. */
const MOST_OWNERS = 10_000
