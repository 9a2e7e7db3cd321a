import type * as z from 'zod'
import type { userConnection } from '../../contract/schemas/user-connection.ts'
import type { GrantAndProvider } from '../ports.ts'
import { type Provider, statusReason } from '../providers/provider.ts'

/** A grant with its number and its owner's. */
export interface Numbered extends GrantAndProvider {
  readonly pk: number
  readonly user: number
}

const iso = (at: number): string => new Date(at).toISOString()

/** The names are those of an OAuth source in the original system, by which its clients tell the kinds apart. */
const sourceView = (provider: Provider) => ({
  pk: provider.id,
  name: provider.name,
  slug: provider.slug,
  enabled: statusReason(provider) === 'ok',
  authentication_flow: null,
  enrollment_flow: null,
  user_property_mappings: [],
  group_property_mappings: [],
  component: 'ak-source-oauth-form',
  verbose_name: 'OAuth Source',
  verbose_name_plural: 'OAuth Sources',
  meta_model_name: 'authentik_sources_oauth.oauthsource',
  policy_engine_mode: 'any' as const,
  user_matching_mode: 'identifier' as const,
  managed: null,
  user_path_template: 'goauthentik.io/sources/%(slug)s',
  icon: null,
})

/** What `source` is: the object of the original API, or the id that its clients of today want. */
export type SourceForm = 'object' | 'id'

/** The grant as clients with integer ids see it. */
export const userConnectionView = (
  { grant, provider, pk, user }: Numbered,
  form: SourceForm,
): z.input<typeof userConnection> => {
  const source = sourceView(provider)
  return {
    pk,
    user,
    source: form === 'id' ? source.pk : source,
    source_obj: { ...source, icon_url: null, icon_themed_urls: null },
    created: iso(grant.createdAt),
    last_updated: iso(grant.updatedAt),
    identifier: grant.sub,
  }
}
