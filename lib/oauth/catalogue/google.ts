import type { CatalogueEntry } from './entry.ts'

/** Google. Without `access_type=offline` and its consent screen there is no refresh token. */
export const google: CatalogueEntry = {
  title: 'Google',
  documentation: 'https://developers.google.com/identity/protocols/oauth2/web-server',
  home: 'https://accounts.google.com',
  scopes: ['openid', 'email', 'profile'],
  settings: () => ({
    issuer: 'https://accounts.google.com',
    authorizationUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    deviceUrl: 'https://oauth2.googleapis.com/device/code',
    settingsUrl: 'https://myaccount.google.com/connections',
    apiBaseUri: 'https://www.googleapis.com',
    userInfoUrl: 'https://openidconnect.googleapis.com/v1/userinfo',
    authParams: { access_type: 'offline' },
    consentParams: { prompt: 'consent' },
    revocationUri: 'https://oauth2.googleapis.com/revoke',
    revocationStyle: 'tokenOnly',
    scopeAliases: {
      'https://www.googleapis.com/auth/userinfo.email': 'email',
      'https://www.googleapis.com/auth/userinfo.profile': 'profile',
    },
  }),
  profile: (claims) => ({
    sub: claims.sub,
    name: claims.name,
    givenName: claims.given_name,
    familyName: claims.family_name,
    email: claims.email,
    picture: claims.picture,
    locale: claims.locale,
  }),
}
