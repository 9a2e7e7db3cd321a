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
]
