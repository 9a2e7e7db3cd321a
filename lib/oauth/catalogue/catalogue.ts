import type { Catalogue } from '../../domain/ports.ts'
import { invalid } from '../../domain/problem.ts'
import type { NamedType } from '../../domain/providers/provider.ts'
import type { ProviderSettings } from '../../domain/providers/settings.ts'
import { type CatalogueEntry, type Place, standard } from './entry.ts'
import { entries } from './index.ts'

type Described = Parameters<Catalogue['describe']>[0]

/** The entry that speaks for a provider; undefined for the generic types. */
export const entryOf = ({ type, metadata }: Pick<Described, 'type' | 'metadata'>): CatalogueEntry | undefined => {
  const name = type === 'test' ? metadata?.plays : type
  return name !== undefined && Object.hasOwn(entries, name) ? entries[name as NamedType] : undefined
}

/**
 * The catalogue of named providers. With the URL of a stand-in, which only the local stack has, there is the type `test`
 * as well: any of the others, with every endpoint at the stand-in.
 */
export const catalogue = ({ standIn }: { standIn?: string | undefined } = {}): Catalogue => ({
  describe: (provider) => {
    const played = provider.type === 'test'
    if (played && standIn !== undefined && !entryOf(provider))
      throw invalid('metadata.plays', `must be one of ${names}`)
    const entry = entryOf(provider)
    if (!entry || (played && standIn === undefined)) throw invalid('type', `must be one of ${names}, oidc, oauth2`)
    const settings = { ...standard, ...entry.settings(placeOf(entry, provider)) }
    return {
      settings: played && standIn !== undefined ? moved(settings, standIn) : settings,
      scopes: entry.scopes,
    }
  },
})

const names = Object.keys(entries).join(', ')

/** The server that the metadata names. Throws `invalidRequest` (`metadata.host`, `metadata.tenant`). */
const placeOf = (entry: CatalogueEntry, { metadata, clientId }: Described): Place => {
  const base = metadata?.host === undefined ? entry.home : baseOf(metadata.host)
  if (base === undefined) throw invalid('metadata.host', 'must be a host, such as git.example.com, or its https URL')
  const { host } = new URL(base)
  const known = [new URL(entry.home).host, ...(entry.otherHosts === 'any' ? [host] : (entry.otherHosts ?? []))]
  if (!known.includes(host)) throw invalid('metadata.host', `must be ${known.join(' or ')}, or left out`)

  const { tenant: { standard: tenant = '', pattern = undefined, words = '' } = {} } = entry
  const asked = metadata?.tenant
  if (asked !== undefined && pattern === undefined) throw invalid('metadata.tenant', `${entry.title} has no tenants`)
  if (asked !== undefined && !pattern?.test(asked)) throw invalid('metadata.tenant', `must be ${words}`)
  return { base, host, isHome: base === entry.home, tenant: asked ?? tenant, client: encodeURIComponent(clientId) }
}

/** The URL of `host`, `host:port` or a URL, without a trailing slash. */
const baseOf = (host: string): string | undefined => {
  const text = host.includes('://') ? host : `https://${host}`
  if (!URL.canParse(text)) return undefined
  const { origin, pathname, search, hash, username } = new URL(text)
  return search || hash || username ? undefined : origin + pathname.replace(/\/+$/, '')
}

/** What people see, and what redirects carry, stays as it is; what is asked goes to the stand-in. */
const staying = ['issuer', 'settingsUrl', 'scopeAliases', 'scopePrefix']

const moved = (settings: ProviderSettings, standIn: string): ProviderSettings =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, staying.includes(name) ? value : movedUrls(value, standIn)]),
  ) as unknown as ProviderSettings

const movedUrls = (value: unknown, standIn: string): unknown => {
  if (typeof value === 'string') return value.replace(/^https:\/\//, `${standIn}/`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, movedUrls(member, standIn)]))
}
