import { collect, type Wanted } from '../collect.ts'
import type { Page, ProviderStore } from '../ports.ts'
import { hostOf, type Provider } from './provider.ts'

export interface ProviderFilter extends Wanted {
  readonly ids?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
  /** `host[:port]` or whole URLs, in any case. */
  readonly host?: readonly string[] | undefined
}

/** The organization's providers by creation; values of one filter are ORed, filters are ANDed. Throws `invalidRequest`. */
export const listProviders = (
  providers: Pick<ProviderStore, 'list'>,
  orgId: string,
  filter: ProviderFilter,
): Promise<Page<Provider>> => {
  const hosts = filter.host?.map(readHost)
  const matches = (provider: Provider): boolean =>
    (!filter.ids?.length || filter.ids.includes(provider.id)) &&
    (!filter.types?.length || filter.types.includes(provider.type)) &&
    (!hosts?.length || hosts.includes(hostOf(provider)))
  return collect(
    (page) => providers.list(orgId, page),
    async (rows) => rows.filter(matches).map((item) => ({ item, place: item.id })),
    filter,
  )
}

/** The host of `host[:port]` or of a URL, as `hostOf` gives it. */
const readHost = (text: string): string => {
  const url = text.includes('://') ? text : `https://${text}`
  return URL.canParse(url) ? new URL(url).host : text.toLowerCase()
}
