import { at, isMembers } from '../members.ts'
import type { CatalogueEntry } from './entry.ts'

const version = { 'notion-version': '2022-06-28' }

/** Notion. Its token request is JSON, its refresh token may be null. */
export const notion: CatalogueEntry = {
  title: 'Notion',
  documentation: 'https://developers.notion.com/docs/authorization',
  home: 'https://api.notion.com',
  scopes: [],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/v1/oauth/authorize`,
    tokenUrl: `${base}/v1/oauth/token`,
    settingsUrl: 'https://www.notion.so/my-connections',
    apiBaseUri: `${base}/v1`,
    userInfoUrl: `${base}/v1/users/me`,
    userInfoHeaders: version,
    tokenHeaders: version,
    authMethod: 'client_secret_basic',
    bodyFormat: 'json',
    pkce: false,
    authParams: { owner: 'user' },
    revocationUri: `${base}/v1/oauth/revoke`,
    revocationStyle: 'basicJson',
  }),
  profile: (me) => {
    const owner = at(me, '/bot/owner/user')
    // An integration of a whole workspace has no person behind it.
    const user = isMembers(owner) ? owner : me
    return { sub: user.id, name: user.name, email: at(user, '/person/email'), picture: user.avatar_url }
  },
}
