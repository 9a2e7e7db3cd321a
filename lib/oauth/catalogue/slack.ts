import { at, together } from '../members.ts'
import type { CatalogueEntry } from './entry.ts'

/**
 * Slack. `scopes` ask for a bot's token; for a user's token leave them empty and put the scopes into
 * `authParams.user_scope`.
 */
export const slack: CatalogueEntry = {
  title: 'Slack',
  documentation: 'https://docs.slack.dev/authentication/installing-with-oauth',
  home: 'https://slack.com',
  otherHosts: ['slack-gov.com'],
  scopes: ['users:read'],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/oauth/v2/authorize`,
    tokenUrl: `${base}/api/oauth.v2.access`,
    apiBaseUri: `${base}/api`,
    authMethod: 'client_secret_basic',
    scopeSeparator: ',',
    // It would make a public client of the application, for good.
    pkce: false,
    tokensIn: 'authed_user',
    userInfoUrl: `${base}/api/auth.test`,
    profileUrls: { info: `${base}/api/users.info?user={/user_id}` },
    revocationUri: `${base}/api/auth.revoke`,
    // Everybody who installs the application in a workspace gets the token of one and the same bot.
    revocationStyle: 'bearer',
    errors: {
      invalid_client_id: 'clientRejected',
      bad_client_secret: 'clientRejected',
      invalid_code: 'codeBad',
      code_already_used: 'codeBad',
      bad_redirect_uri: 'codeBad',
    },
  }),
  profile: (auth, { info }) => ({
    // User ids are unique within a workspace only.
    sub: together(auth.team_id, auth.user_id),
    name: at(info, '/user/profile/real_name') ?? auth.user,
    nickName: at(info, '/user/profile/display_name') ?? auth.user,
    givenName: at(info, '/user/profile/first_name'),
    familyName: at(info, '/user/profile/last_name'),
    email: at(info, '/user/profile/email'),
    picture: at(info, '/user/profile/image_192'),
    locale: at(info, '/user/locale'),
    description: at(info, '/user/profile/title'),
    profileUrl: auth.url,
  }),
}
