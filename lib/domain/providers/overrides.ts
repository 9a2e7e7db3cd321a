import type { ProviderSettings } from './settings.ts'

/** Of these an admin adds to what is known of a provider, or changes single ones of them. */
const added = ['authParams', 'errors'] as const satisfies (keyof ProviderSettings)[]

/** The settings of a named provider with what its admin has set otherwise. */
export const overridden = (known: ProviderSettings, overrides: Partial<ProviderSettings> = {}): ProviderSettings => ({
  ...known,
  ...overrides,
  ...Object.fromEntries(
    added
      .filter((name) => known[name] !== undefined && overrides[name] !== undefined)
      .map((name) => [name, { ...known[name], ...overrides[name] }]),
  ),
})

/** What says how a server is talked to, and how its answers are read: it may be changed while there are grants. */
const manners = [
  'authMethod',
  'authParams',
  'scopeSeparator',
  'pkce',
  'tokenParams',
  'refreshParams',
  'rotation',
  'defaultTtl',
  'expiresIn',
  'errorIn',
  'errors',
] as const satisfies (keyof ProviderSettings)[]

type Given<Name extends keyof ProviderSettings> = { readonly [Each in Name]?: ProviderSettings[Each] | undefined }

/** Those of a request that it sets. */
export const mannersOf = (request: Given<(typeof manners)[number]>): Partial<ProviderSettings> =>
  Object.fromEntries(manners.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]))
