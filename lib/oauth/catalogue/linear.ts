import { at } from '../members.ts'
import type { CatalogueEntry } from './entry.ts'

/** Linear. Its profile is a GraphQL query. */
export const linear: CatalogueEntry = {
  title: 'Linear',
  documentation: 'https://linear.app/developers/oauth-2-0-authentication',
  home: 'https://linear.app',
  scopes: ['read'],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/oauth/authorize`,
    tokenUrl: 'https://api.linear.app/oauth/token',
    settingsUrl: `${base}/settings/account/security`,
    apiBaseUri: 'https://api.linear.app',
    scopeSeparator: ',',
    consentParams: { prompt: 'consent' },
    userInfoUrl: 'https://api.linear.app/graphql',
    userInfoMethod: 'POST',
    userInfoHeaders: { 'content-type': 'application/json' },
    userInfoBody: JSON.stringify({ query: '{ viewer { id name displayName email avatarUrl url description } }' }),
    revocationUri: 'https://api.linear.app/oauth/revoke',
    revocationStyle: 'rfc7009',
    impliedScopes: { write: ['issues:create', 'comments:create'] },
  }),
  profile: ({ data }) => ({
    sub: at(data, '/viewer/id'),
    name: at(data, '/viewer/name'),
    nickName: at(data, '/viewer/displayName'),
    email: at(data, '/viewer/email'),
    picture: at(data, '/viewer/avatarUrl'),
    description: at(data, '/viewer/description'),
    profileUrl: at(data, '/viewer/url'),
  }),
}
