import type { Profile, PublicClient, TokenSet } from '../domain/ports.ts'
import type { Provider, ProviderSettings } from '../domain/providers/provider.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { entryOf } from './catalogue/catalogue.ts'
import type { ProfileFields } from './catalogue/entry.ts'
import { at, type Members } from './members.ts'
import type { Outbound } from './outbound/outbound.ts'
import { askMore, askUserinfo } from './userinfo.ts'
import { withoutTokens } from './without-tokens.ts'

/** Where OpenID Connect Core section 5.1 has them; a provider's `fieldMap` replaces single ones. */
const standardFields: Readonly<Record<keyof ProfileFields, readonly string[]>> = {
  sub: ['/sub'],
  name: ['/name'],
  givenName: ['/given_name'],
  familyName: ['/family_name'],
  nickName: ['/nickname', '/preferred_username'],
  email: ['/email'],
  picture: ['/picture'],
  locale: ['/locale'],
  description: [],
  profileUrl: ['/profile'],
}

/**
 * The profile of the account that a token belongs to: from the provider's userinfo endpoint, or, where it has none, from
 * the token answer and the `sub` of its ID token. `sub` is empty only for a provider that says nowhere who the account is. Throws `UpstreamFailure`.
 */
export const profile = async (
  outbound: Outbound,
  client: PublicClient,
  { accessToken, extra, sub: ofIdToken }: Pick<TokenSet, 'accessToken' | 'extra' | 'sub'>,
): Promise<Profile> => {
  const { provider } = client
  const { userInfoUrl } = provider.settings
  const answer = userInfoUrl === undefined ? extra : await askUserinfo(outbound, client, accessToken)
  const further = await askMore(outbound, provider.settings, answer, accessToken)
  const [account, more] = [answer, further].map((it) => withoutTokens(it, accessToken) as Members) as [Members, Members]
  const { sub, email, ...optional } = textsOf(fieldsOf(provider, account, more))
  if (sub === undefined && userInfoUrl !== undefined) {
    throw new UpstreamFailure('badAnswer', {
      reason: 'accountUnknown',
      message: 'The profile does not say which account it is of',
    })
  }
  return { sub: sub ?? ofIdToken ?? '', email: email ?? '', ...optional, raw: { ...account, ...more } }
}

const fieldsOf = (provider: Provider, account: Members, more: Members): ProfileFields =>
  entryOf(provider)?.profile(account, more) ?? byPointers(account, provider.settings)

const byPointers = (account: Members, { fieldMap = {} }: ProviderSettings): ProfileFields =>
  Object.fromEntries(
    Object.entries(standardFields).map(([name, standard]) => {
      const own = fieldMap[name]
      const values = (own === undefined ? standard : [own]).map((pointer) => at(account, pointer))
      return [name, values.find(isText)]
    }),
  ) as unknown as ProfileFields

const isText = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '') || typeof value === 'number'

const textsOf = (fields: ProfileFields): { readonly [Name in keyof ProfileFields]?: string } =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => isText(value))
      .map(([name, value]) => [name, String(value)]),
  )
