import type { CatalogueEntry } from './entry.ts'

/** GitLab.com, and GitLab that an organization runs itself, also below a path. */
export const gitlab: CatalogueEntry = {
  title: 'GitLab',
  documentation: 'https://docs.gitlab.com/api/oauth2/',
  home: 'https://gitlab.com',
  otherHosts: 'any',
  scopes: ['read_user'],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/oauth/authorize`,
    tokenUrl: `${base}/oauth/token`,
    deviceUrl: `${base}/oauth/authorize_device`,
    settingsUrl: `${base}/-/user_settings/applications`,
    apiBaseUri: `${base}/api/v4`,
    userInfoUrl: `${base}/api/v4/user`,
    // A token with the scope `openid` alone is refused by the API.
    userInfoFallbackUrl: `${base}/oauth/userinfo`,
    revocationUri: `${base}/oauth/revoke`,
    revocationStyle: 'rfc7009',
    revocationScope: 'token',
    impliedScopes: { api: ['read_api', 'read_user'], read_api: ['read_user'] },
  }),
  profile: (user) => ({
    // The `sub` of the userinfo endpoint is the same number, as text.
    sub: user.id ?? user.sub,
    name: user.name,
    nickName: user.username ?? user.nickname,
    email: user.email || user.public_email,
    picture: user.avatar_url ?? user.picture,
    description: user.bio,
    profileUrl: user.web_url ?? user.profile,
  }),
}
