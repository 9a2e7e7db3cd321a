import { describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import { type RefreshPorts, refresh, takeLease } from '../../lib/domain/grants/refresh.ts'
import { openAccessToken, openRefreshToken, sealTokens } from '../../lib/domain/grants/seal-tokens.ts'
import type { SealContext, SealedTokens, TokenSet, Vault } from '../../lib/domain/ports.ts'
import type { ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { aGrantRow, aProviderRow, settings } from '../support/records.ts'

/** A vault that is open to everybody who knows where a thing belongs. */
const glass: Vault = {
  seal: async (context, plaintext) => Buffer.from(JSON.stringify([context, plaintext])),
  open: async (context, bytes) => {
    const [where, plaintext] = JSON.parse(Buffer.from(bytes).toString()) as [SealContext, string]
    expect(where).toEqual(context)
    return plaintext
  },
  reseal: async (_context, bytes) => bytes,
}

const answer = (changes: Partial<TokenSet> = {}): TokenSet => ({ accessToken: 'A2', extra: {}, ...changes })
const TEN_YEARS = 315_360_000

/** The tokens of a grant after an answer, opened. */
const sealedFrom = async (
  tokens: TokenSet,
  kept: Parameters<typeof sealTokens>[5],
  changes: Partial<ProviderSettings> = {},
) => {
  const provider = aProviderRow({ settings: { ...settings, ...changes } })
  const grant = aGrantRow(provider, { tokenVersion: 2 })
  const { accessToken: _, refreshToken: __, ...rest } = grant
  const stored = await sealTokens(glass, grant, 2, provider, tokens, kept)
  const saved = { ...rest, ...stored } as Grant
  return {
    ...stored,
    accessToken: await openAccessToken(glass, saved),
    refreshToken: await openRefreshToken(glass, saved),
  }
}
const nothing = { scopes: ['old'] }

describe('tokens are sealed', () => {
  test('for their owner, their record, their field and their version', async () => {
    const seen: SealContext[] = []
    const provider = aProviderRow()
    const owner = { orgId: 'acme', userId: 'grace', credentialId: 'credential' }

    const spy = {
      ...glass,
      seal: (context: SealContext, text: string) => {
        seen.push(context)
        return glass.seal(context, text)
      },
    }
    await sealTokens(spy, owner, 7, provider, answer({ refreshToken: 'R' }), nothing)

    const where = { orgId: 'acme', userId: 'grace', kind: 'grant', id: 'credential', version: 7 }
    expect(seen).toEqual([
      { ...where, field: 'accessToken' },
      { ...where, field: 'refreshToken' },
    ])
  })

  test.each<[string, Partial<TokenSet>, string | undefined, string | undefined]>([
    ['with a new refresh token', { refreshToken: 'R2' }, 'R1', 'R2'],
    ['with the one that is stored, when the answer has none', {}, 'R1', 'R1'],
    ['without one, when there never was any', {}, undefined, undefined],
  ])('%s', async (_, tokens, kept, expected) => {
    expect((await sealedFrom(answer(tokens), { ...nothing, refreshToken: kept })).refreshToken).toBe(expected)
  })

  test.each<[string, Partial<TokenSet>, readonly string[]]>([
    ['the scopes of the answer', { scopes: ['new'] }, ['new']],
    ['no scopes, where the answer says so', { scopes: [] }, []],
    ['the scopes before, where it says nothing', {}, ['old']],
  ])('with %s', async (_, tokens, scopes) => {
    expect((await sealedFrom(answer(tokens), nothing)).grantedScopes).toEqual(scopes)
  })
})

describe('the end of an access token', () => {
  const renewable = { ...nothing, refreshToken: 'R1' }
  const hourly = { ...renewable, lifetimeSeconds: 3600 }

  test.each<[string, number | undefined, Parameters<typeof sealTokens>[5], number | undefined, number | undefined]>([
    ['is what the answer says', 3600, nothing, undefined, 3600],
    ['is what the answer says before what an admin says', 3600, nothing, 60, 3600],
    ['is what the answer says before what was known', 60, hourly, undefined, 60],
    ['is what was known before a refresh, which says nothing', undefined, hourly, 60, 3600],
    ['is what an admin says, where nobody ever said it', undefined, renewable, 60, 60],
    ['is not known where nobody says it', undefined, nothing, undefined, undefined],
    ['is now for no life at all, where there is a refresh token', 0, hourly, 60, 0],
    ['is now for less', -5, renewable, 60, 0],
    ['is not known for no life at all, where there is none', 0, nothing, 60, undefined],
    ['is not known for less, where there is none', -5, nothing, undefined, undefined],
    ['is ten years ahead at most', 1e18, nothing, undefined, TEN_YEARS],
  ])('%s', async (_, expiresInSeconds, kept, defaultTtl, life) => {
    const tokens = answer(expiresInSeconds === undefined ? {} : { expiresInSeconds })

    const sealed = await sealedFrom(tokens, kept, defaultTtl === undefined ? {} : { defaultTtl })

    const { obtainedAt, accessTokenExpiresAt } = sealed
    expect(accessTokenExpiresAt).toBe(life === undefined ? undefined : obtainedAt + life * 1000)
  })

  test.each<[string, number | undefined, number | undefined, number | undefined]>([
    ['what the provider says', 60, 3600, 60],
    ['what it said last, where it says nothing', undefined, 3600, 3600],
    ['what it said last, where it says no life at all', 0, 3600, 3600],
    ['nothing of what an admin has set: that may be changed', undefined, undefined, undefined],
    ['no more than ten years', 1e300, undefined, TEN_YEARS],
  ])('is remembered by %s', async (_, expiresInSeconds, before, expected) => {
    const tokens = answer(expiresInSeconds === undefined ? {} : { expiresInSeconds })

    const sealed = await sealedFrom(tokens, { ...renewable, lifetimeSeconds: before }, { defaultTtl: 7 })

    expect(sealed.lifetimeSeconds).toBe(expected)
  })
})

describe('the end of a refresh token', () => {
  test.each<[string, Partial<TokenSet>, number | undefined, 'kept' | number | undefined]>([
    [
      'is what the answer says of a new one',
      { refreshToken: 'R2', refreshExpiresInSeconds: 60 },
      1_900_000_000_000,
      60,
    ],
    ['is not known of a new one where the answer says nothing', { refreshToken: 'R2' }, 1_900_000_000_000, undefined],
    ['stays for the one that is stored', {}, 1_900_000_000_000, 'kept'],
    ['stays unknown for the one that is stored', {}, undefined, undefined],
  ])('%s', async (_, tokens, before, expected) => {
    const kept = { ...nothing, refreshToken: 'R1', refreshTokenExpiresAt: before }

    const { obtainedAt, refreshTokenExpiresAt } = await sealedFrom(answer(tokens), kept)

    const at = typeof expected === 'number' ? obtainedAt + expected * 1000 : undefined
    expect(refreshTokenExpiresAt).toBe(expected === 'kept' ? before : at)
  })
})

describe('a provider whose refresh tokens stay', () => {
  test('keeps the stored one with its end, whatever a refresh answers', async () => {
    const provider = aProviderRow({ settings: { ...settings, rotation: 'keep' } })
    const owner = aGrantRow(provider, { refreshTokenExpiresAt: 1_900_000_000_000, tokenVersion: 1 })
    const grant = {
      ...owner,
      ...(await sealTokens(glass, owner, 1, provider, answer({ refreshToken: 'R1' }), nothing)),
    }
    const before = { ...grant, refreshTokenExpiresAt: 1_900_000_000_000 }
    let saved: SealedTokens | undefined
    const ports = {
      grants: {
        takeLease: async (given: Grant) => ({ ...given }),
        saveTokens: async (given: Grant, _lease: string, tokens: SealedTokens) => {
          saved = tokens
          return { saved: true, grant: { ...given, ...tokens, tokenVersion: 2 } }
        },
      },
      providers: {
        secret: async () => ({
          version: 1,
          sealed: await glass.seal(
            { orgId: 'acme', kind: 'clientSecret', id: provider.secretId, field: 'clientSecret', version: 1 },
            'secret',
          ),
        }),
      },
      vault: glass,
      oauth: { refresh: async () => answer({ refreshToken: 'R2', expiresInSeconds: 3600 }) },
      audit: { record: () => undefined },
    } as unknown as RefreshPorts

    const { grant: after } = await refresh(ports, (await takeLease(ports, before)) as Grant, provider)

    expect(await openRefreshToken(glass, after)).toBe('R1')
    expect(saved?.refreshTokenExpiresAt).toBe(1_900_000_000_000)
  })
})
