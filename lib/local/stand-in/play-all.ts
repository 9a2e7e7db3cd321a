import { AuthorizationCodes } from './authorization-codes.ts'
import type { Books } from './books.ts'
import { DeviceCodes } from './device-codes.ts'
import type { ProviderFacts } from './facts.ts'
import type { Interactions } from './interactions.ts'
import type { Played } from './played.ts'
import type { PlayedProvider } from './played-provider.ts'
import { allFacts } from './providers/all-facts.ts'
import { plainQuirks, type Quirks } from './quirks.ts'
import type { SigningKey } from './signing-key.ts'

/** A provider whose behaviour the control may change. */
export type Playable = Played & { readonly quirks: Quirks; readonly installations: Map<string, number> }

/** How a provider really behaves. */
export function realQuirks(provider: PlayedProvider): Quirks {
  return { ...plainQuirks, ...allFacts[provider].quirks }
}

/** Every provider, on the same books and pages. */
export function playAll(parts: {
  url: string
  books: Books
  interactions: Interactions
  signingKey: SigningKey
}): Record<PlayedProvider, Playable> {
  const { url, books, interactions, signingKey } = parts
  const play = (facts: ProviderFacts): Playable => ({
    facts,
    quirks: realQuirks(facts.type),
    books,
    codes: new AuthorizationCodes(),
    deviceCodes: new DeviceCodes(),
    interactions,
    installations: new Map(),
    urlOf: (host, path) => `${url}/${host}${path}`,
    ...signingKey,
  })
  const entries = Object.entries(allFacts).map(([type, facts]) => [type, play(facts)])
  // The entries are those of a record over all providers.
  return Object.fromEntries(entries) as Record<PlayedProvider, Playable>
}
