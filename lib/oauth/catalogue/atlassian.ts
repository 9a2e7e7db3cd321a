import type { CatalogueEntry } from './entry.ts'

const DAY_SECONDS = 86_400

/** Atlassian Cloud: Jira and Confluence. It documents no revocation. */
export const atlassian: CatalogueEntry = {
  title: 'Atlassian',
  documentation: 'https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/',
  home: 'https://auth.atlassian.com',
  scopes: ['read:me', 'offline_access'],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/authorize`,
    tokenUrl: `${base}/oauth/token`,
    settingsUrl: 'https://id.atlassian.com/manage-profile/apps',
    apiBaseUri: 'https://api.atlassian.com',
    userInfoUrl: 'https://api.atlassian.com/me',
    authParams: { audience: 'api.atlassian.com' },
    consentParams: { prompt: 'consent' },
    // 90 days unused.
    refreshTtl: 90 * DAY_SECONDS,
  }),
  profile: (me) => ({
    sub: me.account_id,
    name: me.name,
    nickName: me.nickname,
    email: me.email,
    picture: me.picture,
    locale: me.locale,
    description: me.job_title,
  }),
}
