import { at } from '../members.ts'
import type { CatalogueEntry } from './entry.ts'

/** Asana. The scope `default` and single scopes exclude each other. */
export const asana: CatalogueEntry = {
  title: 'Asana',
  documentation: 'https://developers.asana.com/docs/oauth',
  home: 'https://app.asana.com',
  scopes: ['default'],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/-/oauth_authorize`,
    tokenUrl: `${base}/-/oauth_token`,
    settingsUrl: `${base}/0/my-apps`,
    apiBaseUri: `${base}/api/1.0`,
    userInfoUrl: `${base}/api/1.0/users/me`,
    revocationUri: `${base}/-/oauth_revoke`,
    revocationStyle: 'rfc7009',
  }),
  profile: ({ data }) => ({
    sub: at(data, '/gid'),
    name: at(data, '/name'),
    email: at(data, '/email'),
    picture: at(data, '/photo/image_128x128'),
  }),
}
