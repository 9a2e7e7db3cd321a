import type { SealContext, Vault } from '../domain/ports.ts'
import type { DataKeys } from './data-keys.ts'
import { keyNumberOf, openWith, sealWith } from './envelope.ts'

/** Seals and opens under the data keys of the organization and kind that the context names. */
export const vault = (keys: DataKeys): Vault => {
  const seal = (context: SealContext, plaintext: string, atLeast?: number): Promise<Uint8Array> =>
    keys.useNewest(context.orgId, context.kind, (key, number) => sealWith(key, number, context, plaintext), atLeast)
  const open = (context: SealContext, sealed: Uint8Array): Promise<string> =>
    keys.use(context.orgId, context.kind, keyNumberOf(sealed), (key) => openWith(key, context, sealed))

  return {
    seal,
    open,
    reseal: async (context, sealed, atLeast) =>
      keyNumberOf(sealed) >= atLeast ? sealed : seal(context, await open(context, sealed), atLeast),
  }
}
