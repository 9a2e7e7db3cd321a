import type { CatalogueEntry } from './entry.ts'

/** Salesforce, at its login host, a sandbox's, or a My Domain. */
export const salesforce: CatalogueEntry = {
  title: 'Salesforce',
  documentation: 'https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_web_server_flow.htm',
  home: 'https://login.salesforce.com',
  otherHosts: 'any',
  scopes: ['openid', 'api', 'refresh_token'],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/services/oauth2/authorize`,
    tokenUrl: `${base}/services/oauth2/token`,
    userInfoUrl: `${base}/services/oauth2/userinfo`,
    consentParams: { prompt: 'consent' },
    // It does not say how long a token lives; sessions last 15 minutes at least.
    defaultTtl: 900,
    revocationUri: `${base}/services/oauth2/revoke`,
    revocationStyle: 'rfc7009',
    revocationScope: 'token',
    scopeAliases: { offline_access: 'refresh_token' },
  }),
  profile: (claims) => ({
    // Its `sub` is a URL with the login host in it.
    sub: claims.user_id,
    name: claims.name,
    givenName: claims.given_name,
    familyName: claims.family_name,
    nickName: claims.nickname ?? claims.preferred_username,
    email: claims.email,
    picture: claims.picture,
    locale: claims.locale,
    profileUrl: claims.profile,
  }),
}
