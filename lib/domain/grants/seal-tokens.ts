import type { SealContext, Sealed, SealedTokens, TokenSet, Vault } from '../ports.ts'
import type { Provider } from '../providers/provider.ts'
import type { Grant } from './grant.ts'

type Owner = Pick<Grant, 'orgId' | 'userId' | 'credentialId'>

/** Where a token of a grant is sealed: for its owner, its record, its field and the version it was saved as. */
const context = (owner: Owner, field: 'accessToken' | 'refreshToken', version: number): SealContext => ({
  orgId: owner.orgId,
  kind: 'grant',
  id: owner.credentialId,
  userId: owner.userId,
  field,
  version,
})

/** Opens the access token. Throws `SealBroken`. */
export const openAccessToken = (vault: Vault, grant: Grant): Promise<string> =>
  vault.open(context(grant, 'accessToken', grant.tokenVersion), grant.accessToken)

/** Opens the refresh token, if there is one. Throws `SealBroken`. */
export const openRefreshToken = async (vault: Vault, grant: Grant): Promise<string | undefined> =>
  grant.refreshToken && (await vault.open(context(grant, 'refreshToken', grant.tokenVersion), grant.refreshToken))

/**
 * The tokens of a grant sealed under the data key of that number or a newer one; undefined when they are already.
 * Throws `SealBroken`.
 */
export const resealTokens = async (
  vault: Vault,
  grant: Grant,
  atLeast: number,
): Promise<Pick<Grant, 'accessToken' | 'refreshToken'> | undefined> => {
  const { accessToken, refreshToken, tokenVersion } = grant
  const reseal = (field: 'accessToken' | 'refreshToken', sealed: Sealed): Promise<Sealed> =>
    vault.reseal(context(grant, field, tokenVersion), sealed, atLeast)
  const resealed = {
    accessToken: await reseal('accessToken', accessToken),
    ...(refreshToken && { refreshToken: await reseal('refreshToken', refreshToken) }),
  }
  const isSame = resealed.accessToken === accessToken && resealed.refreshToken === refreshToken
  return isSame ? undefined : resealed
}

/** Fetches what sealing needs: afterwards `sealTokens` waits for nothing, as long as data keys are kept. */
export const prepareSealing = async (vault: Vault, owner: Owner): Promise<void> => {
  await vault.seal(context(owner, 'refreshToken', 0), '')
}

/** Nothing lives longer here than ten years: what a provider says beyond that is a mistake of its own. */
const LONGEST_SECONDS = 315_360_000

const expiry = (obtainedAt: number, seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : obtainedAt + Math.min(Math.max(seconds, 0), LONGEST_SECONDS) * 1000

/** What a token set leaves as it was. */
export interface Kept {
  readonly refreshToken?: string | undefined
  readonly refreshTokenExpiresAt?: number | undefined
  /** How long an access token of the grant lives, as the provider last said; only a refresh keeps it. */
  readonly lifetimeSeconds?: number | undefined
  readonly scopes: readonly string[]
}

/**
 * Seals a token set for the version it is to be saved as. A refresh token that the answer leaves out is kept (RFC 6749
 * section 6), and so are scopes that it does not name (section 5.1), and how long a token lives. One that is said to be
 * over from the first is, where another can be had of a refresh token; else it has no end that is known.
 */
export const sealTokens = async (
  vault: Vault,
  owner: Owner,
  version: number,
  provider: Provider,
  answer: TokenSet,
  kept: Kept,
): Promise<SealedTokens> => {
  const obtainedAt = Date.now()
  const refreshToken = answer.refreshToken ?? kept.refreshToken
  const seal = (field: 'accessToken' | 'refreshToken', token: string): Promise<Sealed> =>
    vault.seal(context(owner, field, version), token)

  const said = answer.expiresInSeconds
  const isOver = said !== undefined && said <= 0
  const lifetimeSeconds = said === undefined || isOver ? kept.lifetimeSeconds : Math.min(said, LONGEST_SECONDS)
  const forgotten = isOver && refreshToken === undefined
  const seconds = forgotten ? undefined : (said ?? lifetimeSeconds ?? provider.settings.defaultTtl)
  const accessTokenExpiresAt = expiry(obtainedAt, seconds)
  const refreshTokenExpiresAt =
    answer.refreshToken === undefined
      ? kept.refreshTokenExpiresAt
      : expiry(obtainedAt, answer.refreshExpiresInSeconds ?? provider.settings.refreshTtl)
  return {
    accessToken: await seal('accessToken', answer.accessToken),
    ...(refreshToken !== undefined && { refreshToken: await seal('refreshToken', refreshToken) }),
    obtainedAt,
    ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
    ...(accessTokenExpiresAt !== undefined && { accessTokenExpiresAt }),
    ...(refreshTokenExpiresAt !== undefined && { refreshTokenExpiresAt }),
    grantedScopes: answer.scopes ?? kept.scopes,
  }
}
