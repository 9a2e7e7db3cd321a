import type { CatalogueEntry } from './entry.ts'

/** Where Microsoft Graph is, by the cloud's login host. */
const graphs: Readonly<Record<string, string>> = {
  'login.microsoftonline.com': 'https://graph.microsoft.com',
  'login.microsoftonline.us': 'https://graph.microsoft.us',
  'login.partner.microsoftonline.cn': 'https://microsoftgraph.chinacloudapi.cn',
}
const DAY_SECONDS = 86_400

/** Microsoft Entra ID (v2.0) and personal accounts, in any cloud and tenant. It revokes nothing for an application. */
export const microsoft: CatalogueEntry = {
  title: 'Microsoft',
  documentation: 'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow',
  home: 'https://login.microsoftonline.com',
  otherHosts: Object.keys(graphs),
  tenant: {
    standard: 'common',
    pattern: /^(common|organizations|consumers|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|([a-z0-9-]+\.)+[a-z0-9-]+)$/i,
    words: 'common, organizations, consumers, a GUID, or a verified domain',
  },
  scopes: ['openid', 'profile', 'email', 'offline_access', 'User.Read'],
  settings: ({ base, host, tenant }) => ({
    authorizationUrl: `${base}/${tenant}/oauth2/v2.0/authorize`,
    tokenUrl: `${base}/${tenant}/oauth2/v2.0/token`,
    deviceUrl: `${base}/${tenant}/oauth2/v2.0/devicecode`,
    deviceAuth: 'none',
    settingsUrl: tenant === 'consumers' ? 'https://account.live.com/consent/Manage' : 'https://myapps.microsoft.com',
    apiBaseUri: `${graphs[host]}/v1.0`,
    userInfoUrl: `${graphs[host]}/v1.0/me`,
    consentParams: { prompt: 'consent' },
    // Without it a refresh may fall back to other scopes.
    refreshScope: true,
    refreshTtl: 90 * DAY_SECONDS,
    scopePrefix: `${graphs[host]}/`,
  }),
  profile: (me) => ({
    // The directory's own id: the `sub` of an ID token differs between clients.
    sub: me.id,
    name: me.displayName,
    givenName: me.givenName,
    familyName: me.surname,
    email: me.mail ?? me.userPrincipalName,
    locale: me.preferredLanguage,
    description: me.jobTitle,
  }),
}
