import type { CatalogueEntry } from './entry.ts'

const DAY_SECONDS = 86_400

/** Box. Its authorization codes live for 30 seconds, its refresh tokens for 60 days or one use. */
export const box: CatalogueEntry = {
  title: 'Box',
  documentation: 'https://developer.box.com/guides/authentication/oauth2/',
  home: 'https://account.box.com',
  otherHosts: ['ent.box.com'],
  scopes: [],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/api/oauth2/authorize`,
    tokenUrl: 'https://api.box.com/oauth2/token',
    settingsUrl: 'https://app.box.com/account',
    apiBaseUri: 'https://api.box.com/2.0',
    userInfoUrl: 'https://api.box.com/2.0/users/me',
    // The vendor's reference says commas, others spaces; without scopes the application's own are granted.
    scopeSeparator: ',',
    refreshTtl: 60 * DAY_SECONDS,
    revocationUri: 'https://api.box.com/oauth2/revoke',
    revocationStyle: 'rfc7009',
    revocationScope: 'token',
    errors: { unauthorized_client: 'clientRejected' },
  }),
  profile: (user) => ({
    sub: user.id,
    name: user.name,
    email: user.login,
    picture: user.avatar_url,
    locale: user.language,
    description: user.job_title,
  }),
}
