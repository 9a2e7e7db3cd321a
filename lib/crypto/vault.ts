import type { SealContext, Vault } from '../domain/ports.ts'
import type { DataKeys } from './data-keys.ts'
import { keyNumberOf, openWith, sealWith } from './envelope.ts'

/** Seals and opens under the data keys of the organization and kind that the context names. */
export const vault = (keys: DataKeys): Vault => ({
  seal: (context: SealContext, plaintext) =>
    keys.useNewest(context.orgId, context.kind, (key, number) => sealWith(key, number, context, plaintext)),
  open: (context: SealContext, sealed) =>
    keys.use(context.orgId, context.kind, keyNumberOf(sealed), (key) => openWith(key, context, sealed)),
})
