import type { KeyRing } from '../domain/ports.ts'
import type { KeyWrapper, WrappedKeyStore } from './data-keys.ts'

/** The data keys as things to look after: their ages, their successors, and the KMS key that wraps them. */
export const keyRing = (store: WrappedKeyStore, wrapper: KeyWrapper): KeyRing => ({
  newest: (orgId, kind) => store.newest(orgId, kind),

  add: async (orgId, kind, number) => {
    const { key, ...wrapping } = await wrapper.generate({ orgId, kind, number })
    key.fill(0)
    await store.add(orgId, kind, { number, createdAt: Date.now(), ...wrapping })
  },

  rewrap: async (orgId, kind, number) => {
    const before = await store.get(orgId, kind, number)
    if (!before) return false
    const after = await wrapper.rewrap({ orgId, kind, number }, before)
    return after !== undefined && store.rewrap(orgId, kind, before, after)
  },

  postpone: store.postpone,
})
