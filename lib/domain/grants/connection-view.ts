import type * as z from 'zod'
import type { connection } from '../../contract/schemas/connection.ts'
import { apiBaseUriOf, type Provider } from '../providers/provider.ts'
import type { Grant } from './grant.ts'

const iso = (at: number): string => new Date(at).toISOString()

/** The grant as the surface of integrations shows it. */
export const connectionView = (grant: Grant, provider: Provider): z.input<typeof connection> => {
  const apiBaseUri = apiBaseUriOf(provider)
  const { accessTokenExpiresAt, refreshTokenExpiresAt } = grant
  return {
    id: grant.id,
    integrationId: provider.id,
    ownerId: grant.userId,
    isShared: provider.shared,
    ...(accessTokenExpiresAt !== undefined && { tokenExpiresAt: iso(accessTokenExpiresAt) }),
    ...(refreshTokenExpiresAt !== undefined && { refreshTokenExpiresAt: iso(refreshTokenExpiresAt) }),
    lastAuthorizedAt: iso(grant.updatedAt),
    ...(apiBaseUri !== undefined && { apiBaseUri }),
    data: {},
    createdAt: iso(grant.createdAt),
    updatedAt: iso(grant.updatedAt),
  }
}
