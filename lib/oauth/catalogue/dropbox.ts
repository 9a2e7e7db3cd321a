import { at } from '../members.ts'
import type { CatalogueEntry } from './entry.ts'

/** Dropbox. Its refresh token stays the same for good. */
export const dropbox: CatalogueEntry = {
  title: 'Dropbox',
  documentation: 'https://developers.dropbox.com/oauth-guide',
  home: 'https://www.dropbox.com',
  scopes: ['account_info.read'],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/oauth2/authorize`,
    tokenUrl: 'https://api.dropboxapi.com/oauth2/token',
    settingsUrl: `${base}/account/connected_apps`,
    apiBaseUri: 'https://api.dropboxapi.com/2',
    authParams: { token_access_type: 'offline' },
    userInfoUrl: 'https://api.dropboxapi.com/2/users/get_current_account',
    userInfoMethod: 'POST',
    userInfoHeaders: { 'content-type': 'application/json' },
    userInfoBody: 'null',
    revocationUri: 'https://api.dropboxapi.com/2/auth/token/revoke',
    revocationStyle: 'bearer',
    revocationBody: 'null',
    revocationScope: 'token',
  }),
  profile: (account) => ({
    sub: account.account_id,
    name: at(account, '/name/display_name'),
    givenName: at(account, '/name/given_name'),
    familyName: at(account, '/name/surname'),
    nickName: at(account, '/name/familiar_name'),
    email: account.email,
    picture: account.profile_photo_url,
    locale: account.locale,
  }),
}
