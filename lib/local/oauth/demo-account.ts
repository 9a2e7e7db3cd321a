/** Standard OpenID Connect claims of an account of the demo upstream, all derived from its name. */
export interface DemoAccountClaims {
  [claim: string]: string | boolean
  sub: string
  name: string
  given_name: string
  family_name: string
  nickname: string
  email: string
  email_verified: boolean
  picture: string
  locale: string
}

/** The scopes that carry the claims. */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub'],
  profile: ['name', 'given_name', 'family_name', 'nickname', 'picture', 'locale'],
  email: ['email', 'email_verified'],
}

/** Anybody has an account: `ada` is Ada Example, ada@example.test. */
export function demoAccount(name: string): DemoAccountClaims {
  const givenName = name.charAt(0).toUpperCase() + name.slice(1)
  const local = encodeURIComponent(name)
  return {
    sub: name,
    name: `${givenName} Example`,
    given_name: givenName,
    family_name: 'Example',
    nickname: name,
    email: `${local}@example.test`,
    email_verified: true,
    picture: `https://example.test/pictures/${local}.png`,
    locale: 'en-GB',
  }
}
