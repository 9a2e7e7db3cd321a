import { together } from '../members.ts'
import type { CatalogueEntry } from './entry.ts'

/** HubSpot, by its dated endpoints: the old ones end in February 2027. */
export const hubspot: CatalogueEntry = {
  title: 'HubSpot',
  documentation: 'https://developers.hubspot.com/docs/api-reference/auth-oauth-v1/guide',
  home: 'https://app.hubspot.com',
  scopes: ['oauth'],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/oauth/authorize`,
    tokenUrl: 'https://api.hubapi.com/oauth/2026-03/token',
    apiBaseUri: 'https://api.hubapi.com',
    pkce: false,
    userInfoUrl: 'https://api.hubapi.com/oauth/2026-03/token/introspect',
    userInfoMethod: 'POST',
    userInfoAuth: 'client',
    revocationUri: 'https://api.hubapi.com/oauth/2026-03/token/revoke',
    revocationStyle: 'rfc7009',
    revocationScope: 'token',
    // Its own error body has no `error`.
    errorIn: 'status',
    errors: {
      BAD_REFRESH_TOKEN: 'grantDead',
      BAD_AUTH_CODE: 'codeBad',
      BAD_REDIRECT_URI: 'codeBad',
      BAD_CLIENT_ID: 'clientRejected',
      BAD_CLIENT_SECRET: 'clientRejected',
    },
  }),
  profile: (token) => ({
    // A user of several accounts connects each of them on its own.
    sub: together(token.hub_id, token.user_id ?? token.user),
    name: token.user,
    email: token.user,
  }),
}
