import type { Quirks } from '../../lib/local/stand-in/quirks.ts'
import type { Played } from './named-provider.ts'

/** What becomes of one connection of a named provider. */
export interface Life extends Played {
  /** What the provider does otherwise than usual. */
  readonly quirks?: Partial<Quirks>
  /** The profile of the account whom the stand-in's pages belong to, without `raw`. */
  readonly profile: Record<string, string>
  /** Whether a revocation reaches the provider, or its users must do it in their settings. */
  readonly revocation: 'revoked' | 'unsupported'
  /** What stays alive there all the same. */
  readonly left?: { readonly accessTokens: number; readonly refreshTokens: number }
}

/** Every named provider. */
export const lives: readonly Life[] = [
  {
    plays: 'github',
    client: { kind: 'githubApp' },
    profile: {
      sub: '7340021',
      name: 'Mira Okafor',
      nickName: 'mira-okafor',
      email: 'mira@work.example',
      picture: 'https://avatars.example.test/u/7340021?v=4',
      description: 'Builds pipes',
      profileUrl: 'https://github.com/mira-okafor',
    },
    revocation: 'revoked',
  },
  {
    plays: 'gitlab',
    profile: {
      sub: '40917',
      name: 'Tuva Lindqvist',
      nickName: 't.lindqvist',
      email: 'tuva@corp.example',
      picture: 'https://gitlab.example/uploads/-/system/user/avatar/40917/a.png',
      description: 'SRE',
      profileUrl: 'https://gitlab.example/t.lindqvist',
    },
    revocation: 'revoked',
  },
  {
    plays: 'bitbucket',
    profile: {
      sub: '{6d0f2c84-3b1e-4f5a-9c77-1e2d3c4b5a69}',
      name: 'Yusuf Arslan',
      nickName: 'yarslan',
      email: 'yusuf@corp.example',
      picture: 'https://avatar.example.test/YA-5.png',
      profileUrl: 'https://bitbucket.org/%7B6d0f2c84-3b1e-4f5a-9c77-1e2d3c4b5a69%7D/',
    },
    revocation: 'unsupported',
  },
  {
    plays: 'google',
    profile: {
      sub: '108240017733559201144',
      name: 'Ines Carvalho',
      givenName: 'Ines',
      familyName: 'Carvalho',
      email: 'ines@corp.example',
      picture: 'https://lh3.example.test/a/AA=s96-c',
    },
    revocation: 'revoked',
  },
  {
    plays: 'box',
    profile: {
      sub: '31800517742',
      name: 'Noor Haddad',
      email: 'noor@corp.example',
      picture: 'https://app.box.com/api/avatar/large/31800517742',
      locale: 'en',
      description: 'Analyst',
    },
    revocation: 'revoked',
  },
  {
    plays: 'microsoft',
    profile: {
      sub: '4b6e2f10-77c1-4f0e-9d52-0a1b2c3d4e5f',
      name: 'Pia Novak',
      givenName: 'Pia',
      familyName: 'Novak',
      email: 'pia_corp.example#EXT#@contoso.example',
      locale: 'sl-SI',
      description: 'Engineer',
    },
    revocation: 'unsupported',
  },
  {
    plays: 'slack',
    client: { expiring: true },
    // For a user's own token.
    fields: { scopes: [], authParams: { user_scope: 'users:read,users:read.email' } },
    profile: {
      sub: 'T04INVENT:U07LENA4242',
      name: 'Lena Brandt',
      givenName: 'Lena',
      familyName: 'Brandt',
      nickName: 'lena.brandt',
      email: 'lena@corp.example',
      picture: 'https://avatars.example.test/U07LENA4242_192.png',
      profileUrl: 'https://acme-labs.slack.example/',
    },
    revocation: 'revoked',
    // It revokes access tokens; there is no way to revoke a refresh token.
    left: { accessTokens: 0, refreshTokens: 1 },
  },
  {
    plays: 'atlassian',
    profile: {
      sub: '712020:0d4c9a1e-6b2f-4c7d-8e5a-3f1b2c4d5e6f',
      name: 'Ravi Menon',
      nickName: 'ravi',
      email: 'ravi@corp.example',
      picture: 'https://avatar.example.test/ravi.png',
      locale: 'en-GB',
      description: 'Architect',
    },
    revocation: 'unsupported',
  },
  {
    plays: 'notion',
    // Its tokens have no end unless it says so.
    quirks: { accessTokenSeconds: 3600 },
    profile: {
      sub: 'd40e767c-d7af-4b18-a86d-55c61f1e39a4',
      name: 'Amara Diallo',
      email: 'amara@corp.example',
      picture: 'https://avatar.example.test/amara.png',
    },
    revocation: 'revoked',
  },
  {
    plays: 'salesforce',
    profile: {
      sub: '0055i00000InvENTED',
      name: 'Olga Petrova',
      givenName: 'Olga',
      familyName: 'Petrova',
      nickName: 'olga',
      email: 'olga@corp.example',
      picture: 'https://avatar.example.test/olga.png',
      locale: 'en_US',
    },
    revocation: 'revoked',
  },
  {
    plays: 'hubspot',
    // It takes no redirect URI with an address in it.
    fields: { redirectUris: ['http://localhost:9/callback'] },
    profile: {
      sub: '46012345:7700421',
      name: 'diego@corp.example',
      email: 'diego@corp.example',
    },
    revocation: 'revoked',
  },
  {
    plays: 'dropbox',
    profile: {
      sub: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc',
      name: 'Sofia Rossi',
      givenName: 'Sofia',
      familyName: 'Rossi',
      nickName: 'Sofia',
      email: 'sofia@corp.example',
      picture: 'https://avatar.example.test/sofia.png',
      locale: 'it',
    },
    revocation: 'revoked',
  },
  {
    plays: 'linear',
    profile: {
      sub: 'b7a5c0de-1f2e-4d3c-9b8a-7c6d5e4f3a2b',
      name: 'Kenji Watanabe',
      nickName: 'kenji',
      email: 'kenji@corp.example',
      picture: 'https://avatar.example.test/kenji.png',
      profileUrl: 'https://linear.app/acme-labs/profiles/kenji',
    },
    revocation: 'revoked',
  },
  {
    plays: 'zoom',
    profile: {
      sub: 'KDcuGIm1QgePTO8WbOqwIQ',
      name: 'Hana Novotna',
      givenName: 'Hana',
      familyName: 'Novotna',
      email: 'hana@corp.example',
      picture: 'https://avatar.example.test/hana.png',
      locale: 'en-US',
      description: 'Producer',
    },
    revocation: 'revoked',
  },
  {
    plays: 'asana',
    profile: {
      sub: '1204987654321098',
      name: 'Priya Nair',
      email: 'priya@corp.example',
      picture: 'https://avatar.example.test/priya.png',
    },
    revocation: 'revoked',
  },
  {
    plays: 'discord',
    profile: {
      sub: '804355090123456789',
      name: 'Noemi Keller',
      nickName: 'noemi',
      email: 'noemi@corp.example',
      picture: 'https://cdn.discordapp.com/avatars/804355090123456789/8342729096ea3675442027381ff50dfe.png',
      locale: 'de',
    },
    revocation: 'revoked',
  },
]
