import type { CatalogueEntry } from './entry.ts'

/** Discord. */
export const discord: CatalogueEntry = {
  title: 'Discord',
  documentation: 'https://docs.discord.com/developers/topics/oauth2',
  home: 'https://discord.com',
  scopes: ['identify', 'email'],
  settings: ({ base }) => ({
    authorizationUrl: `${base}/oauth2/authorize`,
    tokenUrl: `${base}/api/oauth2/token`,
    apiBaseUri: `${base}/api/v10`,
    consentParams: { prompt: 'consent' },
    userInfoUrl: `${base}/api/v10/users/@me`,
    revocationUri: `${base}/api/oauth2/token/revoke`,
    revocationStyle: 'rfc7009',
  }),
  profile: (user) => ({
    sub: user.id,
    name: user.global_name ?? user.username,
    nickName: user.username,
    email: user.email,
    picture: user.avatar && `https://cdn.discordapp.com/avatars/${user.id}/${user.avatar}.png`,
    locale: user.locale,
  }),
}
