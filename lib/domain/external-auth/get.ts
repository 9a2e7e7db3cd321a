import type * as z from 'zod'
import type { externalAuth } from '../../contract/schemas/external-auth.ts'
import type { Caller } from '../caller.ts'
import type { RefreshPorts } from '../grants/refresh.ts'
import { openAccessToken } from '../grants/seal-tokens.ts'
import { findProvider } from '../providers/find.ts'
import { findLink } from './find-link.ts'
import { validate } from './validate.ts'
import { abilities, accountView, installationView } from './views.ts'

/**
 * A provider with the caller's link to it, about which the provider is asked. That there is no link, or a dead one, is no
 * error. Throws `providerNotFound`, `notRecorded`, and what `validate` throws.
 */
export const getExternalAuth = async (
  ports: RefreshPorts,
  caller: Caller,
  idOrSlug: string,
): Promise<z.input<typeof externalAuth>> => {
  const provider = await findProvider(ports.providers, caller.orgId, idOrSlug)
  const found = await findLink(ports, caller, provider.id)
  const { link, profile, refusal } = found ? await validate(ports, found) : {}
  const grant = refusal === undefined ? link?.grant : undefined
  const installations = grant && (await ports.oauth.installations(provider, await openAccessToken(ports.vault, grant)))
  if (grant && profile) {
    const { id: providerId, type: providerType } = provider
    ports.audit.record({ action: 'profile.disclosed', ...caller, providerId, providerType, grantId: grant.id })
  }
  return {
    authenticated: grant !== undefined,
    ...abilities(provider),
    user: profile ? accountView(profile) : null,
    app_installable: installations !== undefined,
    installations: installations?.map(installationView) ?? [],
    app_install_url: provider.appInstallUrl ?? '',
  }
}
