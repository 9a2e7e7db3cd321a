import type { Provider, ProviderSettings } from '../domain/providers/provider.ts'

/** Completes the row of a named provider by what the catalogue says of its type. */
export type SettingsOf = (row: Omit<Provider, 'settings'>) => ProviderSettings

/** For stores that meet generic providers only, whose rows are complete. */
export const noCatalogue: SettingsOf = ({ type }) => {
  throw new Error(`Nothing is known of the provider type ${type}`)
}

/** A provider as it stands in the table: the settings of a named type are not written down. */
export type ProviderRow = Omit<Provider, 'settings'> & { readonly settings?: ProviderSettings }

/** The provider of a row. */
export const readProvider = (row: ProviderRow, settingsOf: SettingsOf): Provider => ({
  ...row,
  settings: row.settings ?? settingsOf(row),
})

/** The row of a provider. */
export const rowOf = (provider: Provider): ProviderRow => {
  if (provider.overrides === undefined) return provider
  const { settings: _, ...row } = provider
  return row
}
