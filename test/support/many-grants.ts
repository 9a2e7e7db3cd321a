import type { Grant } from '../../lib/domain/grants/grant.ts'
import { sealTokens } from '../../lib/domain/grants/seal-tokens.ts'
import { newId } from '../../lib/domain/ids.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import type { IssuedGrant } from '../../lib/local/oauth/upstream-control.ts'
import { grantKey, memberKey, providerKey, userKey } from '../../lib/storage/keys.ts'
import { siblingRowOf } from '../../lib/storage/siblings.ts'
import { getItem } from '../../lib/storage/table.ts'
import type { Backdoor } from './backdoor.ts'
import { putAll } from './put-all.ts'

/**
 * Keeps tokens that the upstream has issued, one grant for each, in the rows that a connect would write. The users
 * `user-1` to `user-<users>` own them in turn.
 */
export const keepGrants = async (
  { table, vault }: Backdoor,
  { orgId, id }: { orgId: string; id: string },
  issued: readonly IssuedGrant[],
  { users = 5, changed = {} }: { users?: number; changed?: Partial<Grant> } = {},
): Promise<Grant[]> => {
  const provider = await getItem<Provider>(table, providerKey(orgId, id))
  if (!provider) throw new Error(`There is no provider ${id}`)
  const grants = await Promise.all(
    issued.map((tokens, place) => grantOf(vault, provider, `user-${1 + (place % users)}`, tokens)),
  )
  const rows = grants.flatMap((grant) => rowsOf(provider, { ...grant, ...changed }))
  await putAll(table, rows)
  return grants
}

const grantOf = async (
  vault: Backdoor['vault'],
  provider: Provider,
  userId: string,
  { account, accessToken, refreshToken, expiresIn }: IssuedGrant,
): Promise<Grant> => {
  const id = newId()
  const owner = { orgId: provider.orgId, userId, credentialId: id }
  const answer = { accessToken, refreshToken, expiresInSeconds: expiresIn, extra: {} }
  const now = Date.now()
  return {
    ...owner,
    ...(await sealTokens(vault, owner, 1, provider, answer, { scopes: provider.scopes })),
    id,
    providerId: provider.id,
    clientId: provider.clientId,
    sub: account,
    requestedScopes: provider.scopes,
    generation: 1,
    tokenVersion: 1,
    failures: 0,
    refreshCount: 0,
    refreshFailureCount: 0,
    createdAt: now,
    updatedAt: now,
  }
}

const rowsOf = (provider: Provider, grant: Grant) => {
  const { orgId, id, userId, sub } = grant
  return [
    { ...grantKey(orgId, id), ...grant },
    { ...memberKey(orgId, provider.id, userId, sub), grantId: id, userId, sub },
    { ...userKey(orgId, userId, id), grantId: id },
    { ...siblingRowOf(grant) },
  ]
}
