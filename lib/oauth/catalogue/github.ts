import { items } from '../members.ts'
import type { CatalogueEntry } from './entry.ts'

/** GitHub, as OAuth App or GitHub App; also GitHub Enterprise Server and GHE.com. */
export const github: CatalogueEntry = {
  title: 'GitHub',
  documentation: 'https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps',
  home: 'https://github.com',
  otherHosts: 'any',
  scopes: ['read:user', 'user:email'],
  settings: ({ base, host, isHome, client }) => {
    const cloud = isHome || host.endsWith('.ghe.com')
    const api = cloud ? `https://api.${host}` : `${base}/api/v3`
    return {
      authorizationUrl: `${base}/login/oauth/authorize`,
      tokenUrl: `${base}/login/oauth/access_token`,
      deviceUrl: `${base}/login/device/code`,
      deviceAuth: 'none',
      // Elsewhere what it sends as `iss` is not documented.
      ...(isHome && { issuer: `${base}/login/oauth`, leftoverRevocationUri: `${api}/credentials/revoke` }),
      settingsUrl: `${base}/settings/connections/applications/${client}`,
      apiBaseUri: api,
      userInfoUrl: `${api}/user`,
      profileUrls: { emails: `${api}/user/emails` },
      installationsUrl: `${api}/user/installations?per_page=100`,
      revocationStyle: 'github',
      revocationScope: 'token',
      revocationUri: `${api}/applications/${client}/token`,
      wholeRevocationUri: `${api}/applications/${client}/grant`,
      errors: { unverified_user_email: 'needsUser' },
      impliedScopes: {
        user: ['read:user', 'user:email', 'user:follow'],
        repo: ['public_repo', 'repo:status', 'repo_deployment', 'repo:invite', 'security_events'],
        'admin:org': ['write:org', 'read:org'],
        'write:org': ['read:org'],
      },
    }
  },
  profile: (user, { emails }) => ({
    sub: user.id,
    name: user.name ?? user.login,
    nickName: user.login,
    email: user.email ?? items(emails).find(({ primary, verified }) => primary && verified)?.email,
    picture: user.avatar_url,
    description: user.bio,
    profileUrl: user.html_url,
  }),
}
