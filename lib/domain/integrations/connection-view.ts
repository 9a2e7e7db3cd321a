import type * as z from 'zod'
import type { connection } from '../../contract/schemas/integration.ts'
import { grantStatus } from '../grants/grant.ts'
import type { GrantAndProvider } from '../ports.ts'
import { apiBaseUriOf } from '../providers/provider.ts'

const iso = (at: number): string => new Date(at).toISOString()

/** The connection as the API shows it. */
export const connectionView = ({ grant, provider }: GrantAndProvider): z.input<typeof connection> => {
  const apiBaseUri = apiBaseUriOf(provider)
  return {
    id: grant.id,
    integrationId: provider.id,
    ownerId: grant.userId,
    isShared: provider.shared,
    status: grantStatus(grant, provider),
    ...(grant.accessTokenExpiresAt !== undefined && { tokenExpiresAt: iso(grant.accessTokenExpiresAt) }),
    ...(grant.refreshTokenExpiresAt !== undefined && { refreshTokenExpiresAt: iso(grant.refreshTokenExpiresAt) }),
    lastAuthorizedAt: iso(grant.renewedAt ?? grant.createdAt),
    ...(apiBaseUri !== undefined && { apiBaseUri }),
    // Nothing that Grantkeeper knows belongs here; the member is one that clients read.
    data: {},
    createdAt: iso(grant.createdAt),
    updatedAt: iso(grant.updatedAt),
  }
}
