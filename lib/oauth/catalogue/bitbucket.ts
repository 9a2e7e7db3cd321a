import { at, items } from '../members.ts'
import type { CatalogueEntry } from './entry.ts'

/** Bitbucket Cloud, and Bitbucket Data Center from 7.21 on. It revokes nothing: users do that in their settings. */
export const bitbucket: CatalogueEntry = {
  title: 'Bitbucket',
  documentation: 'https://developer.atlassian.com/cloud/bitbucket/oauth-2/',
  home: 'https://bitbucket.org',
  otherHosts: 'any',
  scopes: ['account', 'email'],
  settings: ({ base, isHome }) => ({
    ...(isHome ? cloud : dataCenter(base)),
    // Said of a client that does not authenticate.
    errors: { unauthorized_client: 'clientRejected' },
  }),
  profile: (user, more) => ({
    sub: user.uuid ?? user.text,
    name: user.display_name ?? at(more, '/user/displayName'),
    nickName: user.nickname ?? user.text,
    email:
      items(at(more, '/emails/values')).find(({ is_primary, is_confirmed }) => is_primary && is_confirmed)?.email ??
      at(more, '/user/emailAddress'),
    picture: at(user, '/links/avatar/href'),
    profileUrl: at(user, '/links/html/href') ?? at(more, '/user/links/self/0/href'),
  }),
}

const DAY_SECONDS = 86_400

const cloud = {
  authorizationUrl: 'https://bitbucket.org/site/oauth2/authorize',
  tokenUrl: 'https://bitbucket.org/site/oauth2/access_token',
  authMethod: 'client_secret_basic',
  settingsUrl: 'https://bitbucket.org/account/settings/app-authorizations/',
  apiBaseUri: 'https://api.bitbucket.org/2.0',
  userInfoUrl: 'https://api.bitbucket.org/2.0/user',
  profileUrls: { emails: 'https://api.bitbucket.org/2.0/user/emails' },
  // Three months unused.
  refreshTtl: 92 * DAY_SECONDS,
} as const

const dataCenter = (base: string) => ({
  authorizationUrl: `${base}/rest/oauth2/latest/authorize`,
  tokenUrl: `${base}/rest/oauth2/latest/token`,
  apiBaseUri: `${base}/rest/api/latest`,
  // Says the user name as plain text; there is no other way to learn it.
  userInfoUrl: `${base}/plugins/servlet/applinks/whoami`,
  profileUrls: { user: `${base}/rest/api/latest/users/{/text}` },
})
