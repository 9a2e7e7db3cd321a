import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { authorizedProvider } from '../../lib/contract/schemas/authorized-provider.ts'
import {
  canRefresh,
  type Grant,
  grantStatus,
  grantView,
  isGoodEnough,
  isLiving,
  serverOf,
} from '../../lib/domain/grants/grant.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import { aGrantRow, aProviderRow, settings } from '../support/records.ts'

const now = Date.parse('2026-11-21T10:00:00Z')
const hour = 3_600_000

/** A grant without an expiry and without a refresh token, but for what is changed. */
const aGrant = (changes: Partial<Grant> = {}, provider = aProviderRow()): Grant => {
  const { accessTokenExpiresAt: _, refreshToken: __, ...bare } = aGrantRow(provider)
  return { ...bare, obtainedAt: now, ...changes }
}
const refreshToken = new Uint8Array(40)

describe('the status of a grant is the first that applies', () => {
  const rejected = { clientRejectedAt: now }
  const changed = { clientId: 'another' }
  const dead = { deadReason: 'invalidGrant' } as const

  test.each<[string, Partial<Provider>, Partial<Grant>]>([
    ['invalidProviderState', { state: 'adminInactive' }, {}],
    ['invalidProviderState', { state: 'adminDisabled' }, {}],
    ['invalidProviderState', { state: 'deleting' }, {}],
    ['invalidProviderState', { state: 'deletionFailed' }, {}],
    ['invalidProviderState', { state: 'adminInactive', ...rejected }, { ...changed, ...dead }],
    ['invalidOAuthClient', rejected, {}],
    ['invalidOAuthClient', {}, changed],
    ['invalidOAuthClient', rejected, dead],
    ['expired', {}, dead],
    ['expired', {}, { ...dead, accessTokenExpiresAt: now + hour, refreshToken }],
    ['expired', {}, { accessTokenExpiresAt: now - 1 }],
    ['expired', {}, { accessTokenExpiresAt: now }],
    ['expired', {}, { accessTokenExpiresAt: now - 1, refreshToken, refreshTokenExpiresAt: now - 1 }],
    ['active', {}, { accessTokenExpiresAt: now - 1, refreshToken }],
    ['active', {}, { accessTokenExpiresAt: now - 1, refreshToken, refreshTokenExpiresAt: now + 1 }],
    ['active', {}, { accessTokenExpiresAt: now + 1 }],
    ['active', {}, { accessTokenExpiresAt: now + 1, refreshToken, refreshTokenExpiresAt: now - 1 }],
    ['active', {}, {}],
    ['active', {}, { failures: 9, retryAt: now + hour }],
  ])('%s: provider %j, grant %j', (status, ofProvider, ofGrant) => {
    const provider = aProviderRow(ofProvider)

    expect(grantStatus(aGrant({ clientId: 'client-1', ...ofGrant }, provider), provider, now)).toBe(status)
  })
})

describe('a grant as the API shows it', () => {
  const viewOf = (ofProvider: Partial<Provider>, ofGrant: Partial<Grant>) => {
    const provider = aProviderRow(ofProvider)
    return grantView(aGrant({ clientId: 'client-1', ...ofGrant }, provider), provider, 'https://api.example')
  }

  test.each<[string | undefined, Partial<Provider>, Partial<Grant>]>([
    [undefined, {}, {}],
    ['adminInactive', { state: 'adminInactive' }, {}],
    ['deletionFailed', { state: 'deletionFailed' }, {}],
    ['invalidClient', { clientRejectedAt: 1 }, {}],
    ['clientChanged', {}, { clientId: 'another' }],
    ['invalidGrant', {}, { deadReason: 'invalidGrant' }],
    ['refreshOutcomeUnknown', {}, { deadReason: 'refreshOutcomeUnknown' }],
    ['tokenExpired', {}, { accessTokenExpiresAt: 1 }],
  ])('says why it is not active: %s', (reason, ofProvider, ofGrant) => {
    expect(viewOf(ofProvider, ofGrant).statusReason).toBe(reason)
  })

  test('is what the contract promises, and holds no token', () => {
    const view = viewOf({}, { refreshToken, refreshTokenExpiresAt: now, leaseId: 'lease', retryAt: now })

    expect(authorizedProvider.strict().parse(view)).toEqual(view)
    expect(Object.values(view).some((value) => value instanceof Uint8Array)).toBe(false)
    expect(view).toMatchObject({ refreshTokenExpiresAt: '2026-11-21T10:00:00.000Z', createdAt: expect.any(String) })
  })

  test('leaves a time out that is not known', () => {
    expect(viewOf({}, {})).not.toHaveProperty('refreshTokenExpiresAt')
  })
})

describe('a stored access token is good enough', () => {
  const second = 1000

  test.each<[string, number, number, boolean]>([
    // life in seconds, left of it, asked for
    ['of an hour, with a minute left', 3600, 60, false],
    ['of an hour, with a little more', 3600, 61, true],
    ['of two minutes, with a quarter left', 120, 30, false],
    ['of two minutes, with more than a quarter left', 120, 31, true],
    ['of ten seconds, with a quarter left', 10, 2.5, false],
    ['of ten seconds, with more than a quarter left', 10, 2.6, true],
    ['that is over', 3600, -1, false],
    ['of no life at all', 0, 0, false],
    ['that ended before it began', -5, -5, false],
  ])('%s: %d s, %d s -> %s', (_, life, left, good) => {
    const grant = aGrant({ obtainedAt: now - (life - left) * second, accessTokenExpiresAt: now + left * second })

    expect(isGoodEnough(grant, 0, now)).toBe(good)
  })

  test.each<[number, number, boolean]>([
    [600, 599, false],
    [600, 601, true],
    [1800, 1801, true],
    // Not more than half of the hour can be asked for.
    [86_400, 1799, false],
    [86_400, 1801, true],
    [30, 61, true],
    [30, 59, false],
  ])('when %i s are asked for and %i s of an hour are left: %s', (asked, left, good) => {
    const grant = aGrant({ obtainedAt: now - (3600 - left) * second, accessTokenExpiresAt: now + left * second })

    expect(isGoodEnough(grant, asked, now)).toBe(good)
  })

  test('for ever when its end is not known', () => {
    fc.assert(fc.property(fc.nat(), (asked) => isGoodEnough(aGrant(), asked, now + 100 * hour)))
  })

  test('the moment it is new, whatever is asked for: nobody is refreshed on every call', () => {
    const life = fc.integer({ min: 1, max: 315_360_000_000 })

    fc.assert(
      fc.property(life, fc.nat(), (ms, asked) =>
        isGoodEnough(aGrant({ accessTokenExpiresAt: now + ms }), asked, now + Math.floor(ms / 2) - 1),
      ),
    )
  })

  test('never once less than a quarter of its life, or a minute, is left', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 * hour }),
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (ms, asked, part) => {
          const left = Math.min(ms / 4, 60_000) * part
          const grant = aGrant({ obtainedAt: now - (ms - left), accessTokenExpiresAt: now + left })

          return !isGoodEnough(grant, asked, now)
        },
      ),
    )
  })

  test('the more, the less is asked for', () => {
    const any = fc.integer({ min: 1, max: 10 * hour })

    fc.assert(
      fc.property(any, any, fc.nat(90_000), fc.nat(90_000), (life, left, a, b) => {
        const grant = aGrant({ obtainedAt: now + left - life, accessTokenExpiresAt: now + left })
        const [less, more] = [Math.min(a, b), Math.max(a, b)]

        return !isGoodEnough(grant, more, now) || isGoodEnough(grant, less, now)
      }),
    )
  })
})

describe('a grant', () => {
  test.each<[string, Partial<Grant>, boolean]>([
    ['with nothing but an endless token', {}, false],
    ['with a refresh token', { refreshToken }, true],
    ['with a refresh token that is over', { refreshToken, refreshTokenExpiresAt: now }, false],
    ['that was declared dead', { refreshToken, deadReason: 'invalidGrant' }, true],
  ])('%s: %j can be refreshed %s', (_, changes, refreshable) => {
    expect(canRefresh(aGrant(changes), now)).toBe(refreshable)
  })
})

describe('a grant lives, so that no revocation ends it with another', () => {
  const over = { accessTokenExpiresAt: now - 1 }

  test.each<[lives: boolean, state: string, Partial<Provider>, Partial<Grant>]>([
    [true, 'active', {}, {}],
    [true, 'in need of a refresh', {}, { ...over, refreshToken }],
    [true, 'whose last refreshes failed', {}, { ...over, refreshToken, failures: 9, retryAt: now + hour }],
    [
      true,
      'with a token that lasts though its refresh token is over',
      {},
      { refreshToken, refreshTokenExpiresAt: now },
    ],
    [true, 'that waits for its user', {}, { ...over, refreshToken, deadReason: 'userActionRequired' }],
    [true, 'of a provider that an admin has paused', { state: 'adminInactive' }, {}],
    [true, 'of a provider that an admin has switched off', { state: 'adminDisabled' }, {}],
    [true, 'of a provider that waits for a new secret', { clientRejectedAt: now }, { ...over, refreshToken }],
    [true, 'whose end is still to come', {}, { expiresAt: now + 1 }],
    [true, 'that was to go and stayed', {}, { leavingUntil: now }],
    [false, 'refused for good', {}, { refreshToken, deadReason: 'invalidGrant' }],
    [false, 'whose refresh was lost', {}, { refreshToken, deadReason: 'refreshOutcomeUnknown' }],
    [false, 'whose token is over and nothing to refresh with', {}, over],
    [false, 'whose refresh token is over too', {}, { ...over, refreshToken, refreshTokenExpiresAt: now }],
    [
      false,
      'that waited for its user until its refresh token was over',
      {},
      { ...over, refreshToken, refreshTokenExpiresAt: now, deadReason: 'userActionRequired' },
    ],
    [false, 'of another client than its provider has', {}, { clientId: 'another' }],
    [false, 'of a provider that is being deleted', { state: 'deleting' }, {}],
    [false, 'of a provider whose deletion failed', { state: 'deletionFailed' }, {}],
    [false, 'dead, of a paused provider', { state: 'adminInactive' }, { deadReason: 'invalidGrant' }],
    [false, 'dead, of a provider that waits for a new secret', { clientRejectedAt: now }, over],
    [false, 'past its own end', {}, { expiresAt: now }],
    [false, 'about to go', {}, { leavingUntil: now + 1 }],
  ])('%s: one %s', (lives, _, ofProvider, ofGrant) => {
    const provider = aProviderRow(ofProvider)

    expect(isLiving(aGrant({ clientId: 'client-1', ...ofGrant }, provider), provider, now)).toBe(lives)
  })
})

describe('an authorization server is told', () => {
  const at = (changes: Partial<Provider['settings']>) =>
    serverOf(aProviderRow({ settings: { ...settings, ...changes } }))

  test.each<[same: boolean, how: string, Partial<Provider['settings']>, Partial<Provider['settings']>]>([
    [
      true,
      'by its issuer',
      { issuer: 'https://a.example' },
      { issuer: 'https://a.example', tokenUrl: 'https://b.x/t' },
    ],
    [false, 'by its issuer, not its host', { issuer: 'https://a.example/one' }, { issuer: 'https://a.example/two' }],
    [true, 'else by where it revokes', { revocationUri: 'https://a.x/r' }, { revocationUri: 'https://A.x:443/r' }],
    [false, 'by the whole of that', { revocationUri: 'https://a.x/one/r' }, { revocationUri: 'https://a.x/two/r' }],
  ])('%s: %s', (same, _, one, two) => {
    expect(at(one) === at(two)).toBe(same)
  })
})
