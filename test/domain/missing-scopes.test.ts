import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { missingScopes } from '../../lib/domain/grants/missing-scopes.ts'
import type { NamedType, ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { catalogue } from '../../lib/oauth/catalogue/catalogue.ts'
import { sealed } from '../support/records.ts'

type Names = Pick<ProviderSettings, 'scopeAliases' | 'scopePrefix' | 'impliedScopes'>

const missing = (requestedScopes: readonly string[], grantedScopes: readonly string[], names: Names = {}, more = {}) =>
  missingScopes({ requestedScopes, grantedScopes, ...more }, names)

describe('of the scopes that were asked for is missing', () => {
  test.each<[string, string, string, string, Names, object?]>([
    ['what was not granted', 'a b c', 'b', 'a c', {}],
    ['nothing of what was granted, whatever came besides', 'a b', 'x b a', '', {}],
    ['each once', 'a a b', '', 'a b', {}],
    ['what is written otherwise', 'Read read', 'read', 'Read', {}],
    ['nothing that came by another name', 'email', 'long/email', '', { scopeAliases: { 'long/email': 'email' } }],
    ['nothing that was asked by another name', 'long/email', 'email', '', { scopeAliases: { 'long/email': 'email' } }],
    ['nothing that has something in front', 'Mail.Read', 'https://g/Mail.Read', '', { scopePrefix: 'https://g/' }],
    [
      'what has something else in front',
      'Mail.Read',
      'https://h/Mail.Read',
      'Mail.Read',
      { scopePrefix: 'https://g/' },
    ],
    ['nothing that a wider one implies', 'read', 'write', '', { impliedScopes: { write: ['read'] } }],
    [
      'a wider one that is only implied to the narrow',
      'write',
      'read',
      'write',
      { impliedScopes: { write: ['read'] } },
    ],
    ['nothing implied over several', 'c', 'a', '', { impliedScopes: { a: ['b'], b: ['c'] } }],
    ['nothing implied in a circle', 'b z', 'a', 'z', { impliedScopes: { a: ['b'], b: ['a'] } }],
    [
      'nothing that is implied by another name',
      'long/email',
      'all',
      '',
      { impliedScopes: { all: ['email'] }, scopeAliases: { 'long/email': 'email' } },
    ],
    ['the offline access, without a refresh token', 'offline_access', '', 'offline_access', {}],
    ['no offline access, with a refresh token', 'offline_access', '', '', {}, { refreshToken: sealed() }],
    ['no offline access, once a refresh was refused', 'offline_access', '', '', {}, { deadReason: 'invalidGrant' }],
    ['no openid, which many leave out of their answer', 'openid a', 'a', '', {}],
    [
      'it of one that had nothing to refresh with',
      'offline_access',
      '',
      'offline_access',
      {},
      { deadReason: 'tokenRefused' },
    ],
    ['nothing that is the name of a member of JavaScript', 'a', 'constructor __proto__', 'a', {}],
  ])('%s: %j of %j -> %j', (_, requested, granted, expected, names, more = {}) => {
    const words = (text: string) => text.split(' ').filter(Boolean)

    expect(missing(words(requested), words(granted), names, more)).toEqual(words(expected))
  })

  test.each<[NamedType, string[], string[], string[]]>([
    [
      'google',
      ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/drive'],
      ['openid', 'https://www.googleapis.com/auth/userinfo.email', 'https://www.googleapis.com/auth/userinfo.profile'],
      ['https://www.googleapis.com/auth/drive'],
    ],
    [
      'microsoft',
      ['openid', 'User.Read', 'Mail.Read', 'https://graph.microsoft.com/Files.Read'],
      ['openid', 'https://graph.microsoft.com/User.Read', 'Files.Read'],
      ['Mail.Read'],
    ],
    ['github', ['read:user', 'user:email', 'read:org'], ['user', 'admin:org'], []],
    ['github', ['repo', 'public_repo'], ['public_repo'], ['repo']],
    ['gitlab', ['read_user', 'read_api'], ['api'], []],
    ['salesforce', ['offline_access', 'api'], ['refresh_token', 'api'], []],
    ['linear', ['read', 'issues:create'], ['read', 'write'], []],
  ])('at %s of %j, when %j are granted: %j', (type, requested, granted, expected) => {
    const { settings } = catalogue().describe({ type, clientId: 'c' })

    expect(missing(requested, granted, settings)).toEqual(expected)
  })
})

describe('what is missing', () => {
  const scope = fc.constantFrom('a', 'b', 'c', 'd', 'long/a', 'p/b', 'offline_access')
  const scopes = fc.array(scope)
  const names = fc.record({
    scopeAliases: fc.constantFrom({}, { 'long/a': 'a' }, { 'long/a': 'a', d: 'c' }),
    scopePrefix: fc.constantFrom('p/', 'q/'),
    impliedScopes: fc.dictionary(scope, scopes),
  })

  test('was asked for, in the same order, each once', () => {
    fc.assert(
      fc.property(scopes, scopes, names, (requested, granted, known) => {
        const left = missing(requested, granted, known)
        expect([...new Set(requested)].filter((each) => left.includes(each))).toEqual(left)
      }),
    )
  })

  test('is nothing when all was granted, whatever is known of names', () => {
    fc.assert(
      fc.property(scopes, scopes, names, (requested, more, known) => {
        expect(missing(requested, [...more, ...requested], known)).toEqual([])
      }),
    )
  })

  test('never grows when more is granted, or is known to be implied', () => {
    fc.assert(
      fc.property(scopes, scopes, scopes, names, (requested, granted, more, known) => {
        const left = missing(requested, granted, known)
        const wider = [
          missing(requested, [...granted, ...more], known),
          missing(requested, granted, known, { refreshToken: sealed() }),
        ]
        const { impliedScopes: _, ...less } = known
        expect(wider.flat().filter((each) => !left.includes(each))).toEqual([])
        expect(left.filter((each) => !missing(requested, granted, less).includes(each))).toEqual([])
      }),
    )
  })

  test('is all that was asked for when nothing was granted', () => {
    fc.assert(
      fc.property(
        scopes,
        names,
        (requested, known) => missing(requested, [], known).length === new Set(requested).size,
      ),
    )
  })
})
