import type { Page, ProviderStore } from '../ports.ts'
import { invalid } from '../problem.ts'
import { hostOf, type Provider } from './provider.ts'

export interface ProviderFilter {
  readonly ids?: readonly string[] | undefined
  readonly types?: readonly string[] | undefined
  /** `host[:port]` or whole URLs, in any case. */
  readonly host?: readonly string[] | undefined
  readonly descending?: boolean
  readonly limit?: number | undefined
  readonly after?: string | undefined
}

/** The most that is answered without a page size. */
const MOST = 1000

/** The organization's providers by creation; values of one filter are ORed, filters are ANDed. Throws `invalidRequest`. */
export const listProviders = async (
  providers: Pick<ProviderStore, 'list'>,
  orgId: string,
  filter: ProviderFilter,
): Promise<Page<Provider>> => {
  const hosts = filter.host?.map(readHost)
  const matches = (provider: Provider): boolean =>
    (!filter.ids?.length || filter.ids.includes(provider.id)) &&
    (!filter.types?.length || filter.types.includes(provider.type)) &&
    (!hosts?.length || hosts.includes(hostOf(provider)))

  const wanted = filter.limit ?? MOST
  const items: Provider[] = []
  let after = filter.after
  for (;;) {
    const page = await providers.list(orgId, {
      limit: wanted - items.length,
      after,
      descending: filter.descending ?? false,
    })
    items.push(...page.items.filter(matches))
    after = page.next
    if (after === undefined) return { items }
    if (items.length >= wanted) {
      if (filter.limit === undefined) throw invalid('limit', `is needed: there are more than ${MOST}`)
      return { items, next: after }
    }
  }
}

/** The host of `host[:port]` or of a URL, as `hostOf` gives it. */
const readHost = (text: string): string => {
  const url = text.includes('://') ? text : `https://${text}`
  return URL.canParse(url) ? new URL(url).host : text.toLowerCase()
}
