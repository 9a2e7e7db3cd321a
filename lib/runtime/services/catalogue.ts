import { overridden } from '../../domain/providers/overrides.ts'
import type { Provider, ProviderSettings } from '../../domain/providers/provider.ts'
import { catalogue as createCatalogue } from '../../oauth/catalogue/catalogue.ts'
import { configuration } from '../configuration.ts'

export const catalogue = createCatalogue({ standIn: configuration.standInUrl() })

/** The settings of a named provider: the catalogue's, but for what its admin has set otherwise. */
export const settingsOf = (row: Omit<Provider, 'settings'>): ProviderSettings =>
  overridden(catalogue.describe(row).settings, row.overrides)
