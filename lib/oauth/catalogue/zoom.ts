import type { CatalogueEntry } from './entry.ts'

/** Zoom. Its scopes are set on the application. */
export const zoom: CatalogueEntry = {
  title: 'Zoom',
  documentation: 'https://developers.zoom.us/docs/integrations/oauth/',
  home: 'https://zoom.us',
  scopes: [],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/oauth/authorize`,
    tokenUrl: `${base}/oauth/token`,
    apiBaseUri: 'https://api.zoom.us/v2',
    authMethod: 'client_secret_basic',
    userInfoUrl: 'https://api.zoom.us/v2/users/me',
    revocationUri: `${base}/oauth/revoke`,
    revocationStyle: 'rfc7009',
  }),
  profile: (user) => ({
    sub: user.id,
    name: user.display_name,
    givenName: user.first_name,
    familyName: user.last_name,
    email: user.email,
    picture: user.pic_url,
    locale: user.language,
    description: user.job_title,
  }),
}
