import type * as z from 'zod'
import type { accessToken } from '../../contract/schemas/authorized-provider.ts'
import type { GrantAndProvider } from '../ports.ts'
import { grantView } from './grant.ts'

/** An access token as it is handed out. */
export const accessTokenView = (
  { accessToken: token, grant, provider }: GrantAndProvider & { readonly accessToken: string },
  publicBaseUrl: string,
): z.input<typeof accessToken> => ({
  accessToken: token,
  ...(grant.accessTokenExpiresAt !== undefined && { expiresAt: new Date(grant.accessTokenExpiresAt).toISOString() }),
  authorizedOauthProvider: grantView(grant, provider, publicBaseUrl),
})
