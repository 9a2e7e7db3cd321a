import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { slug as slugSchema } from '../../lib/contract/schemas/fields.ts'
import { provider as providerSchema } from '../../lib/contract/schemas/provider.ts'
import { callbackUrl, hostOf, type Provider, providerView } from '../../lib/domain/providers/provider.ts'
import { deriveSlug } from '../../lib/domain/providers/slug.ts'
import { aProviderRow, settings } from '../support/records.ts'

const viewOf = (changes: Partial<Provider>) => providerView(aProviderRow(changes), 'https://api.example')

describe('a provider as the API shows it', () => {
  test.each<[Partial<Provider>, string, string]>([
    [{ state: 'active' }, 'active', 'ok'],
    [{ state: 'active', clientRejectedAt: 1 }, 'inactive', 'invalidClient'],
    [{ state: 'adminInactive' }, 'inactive', 'adminInactive'],
    [{ state: 'adminInactive', clientRejectedAt: 1 }, 'inactive', 'adminInactive'],
    [{ state: 'adminDisabled' }, 'disabled', 'adminDisabled'],
    [{ state: 'adminDisabled', clientRejectedAt: 1 }, 'disabled', 'adminDisabled'],
    [{ state: 'deleting', jobId: 'j' }, 'deleted', 'deleting'],
    [{ state: 'deletionFailed', jobId: 'j' }, 'deleted', 'deletionFailed'],
  ])('%j is %s, because %s', (changes, status, statusReason) => {
    expect(viewOf(changes)).toMatchObject({ status, statusReason })
  })

  test.each<[string, Partial<Provider>]>([
    ['the least', {}],
    [
      'everything',
      {
        apiBaseUri: 'https://api.upstream.example',
        appInstallUrl: 'https://install.example',
        jobId: 'job',
        clientRejectedAt: 1,
        clientRetryAt: 2,
        timeouts: 3,
        retryAt: 4,
        settings: {
          ...settings,
          issuer: 'https://issuer.example',
          revocationUri: 'https://issuer.example/revoke',
          settingsUrl: 'https://issuer.example/settings',
          userInfoUrl: 'https://issuer.example/userinfo',
          tokenParams: { canary: 'canary' },
        },
      },
    ],
  ])('with %s is what the contract promises, and no more', (_, changes) => {
    const view = viewOf(changes)

    expect(providerSchema.strict().parse(view)).toEqual(view)
    expect(JSON.stringify(view)).not.toContain('canary')
  })

  test('has a redirect URI of its own', () => {
    expect(viewOf({ id: 'the-id' }).callbackUrl).toBe('https://api.example/oauth2/callback/the-id')
    expect(callbackUrl('https://api.example/v1', 'x')).toBe('https://api.example/v1/oauth2/callback/x')
  })

  test.each([
    ['of its issuer', { issuer: 'https://Issuer.Example:8443/realms/x' }, 'issuer.example:8443'],
    ['of its authorization endpoint without one', {}, 'upstream.example'],
    ['without a port that is the usual one', { issuer: 'https://issuer.example:443' }, 'issuer.example'],
  ])('has the host %s', (_, changes, host) => {
    expect(hostOf(aProviderRow({ settings: { ...settings, ...changes } }))).toBe(host)
  })
})

describe('a slug that is derived from a name', () => {
  test.each([
    ['GitHub', 'github'],
    ['  GitHub  Enterprise ', 'github-enterprise'],
    ['Café Müller', 'cafe-muller'],
    ['a_b.c/d', 'a-b-c-d'],
    ['---', 'provider'],
    ['漢字', 'provider'],
    ['🔑', 'provider'],
    ['x'.repeat(200), 'x'.repeat(40)],
    [`${'x'.repeat(39)} y`, 'x'.repeat(39)],
    ['-lead and trail-', 'lead-and-trail'],
  ])('%j is %s', (name, slug) => {
    expect(deriveSlug(name, 0)).toBe(slug)
  })

  test('is always one that could have been given, at the first try and at every other', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
      fc.string({ minLength: 1 }),
      fc.uuid(),
    )

    fc.assert(fc.property(name, fc.nat(3), (given, tries) => slugSchema.safeParse(deriveSlug(given, tries)).success))
  })

  test('is another one at every further try', () => {
    const slugs = Array.from({ length: 20 }, (_, tries) => deriveSlug('GitHub', tries))

    expect(new Set(slugs).size).toBe(20)
    expect(slugs.slice(1).every((slug) => /^github-[0-9a-f]{6}$/.test(slug))).toBe(true)
  })

  test('is never taken for an id', () => {
    expect(deriveSlug('01900000-0000-7000-8000-000000000001', 0)).toMatch(/-[0-9a-f]{6}$/)
  })
})
