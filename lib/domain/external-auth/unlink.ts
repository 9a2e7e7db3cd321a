import type * as z from 'zod'
import type { unlinked } from '../../contract/schemas/external-auth.ts'
import type { Caller } from '../caller.ts'
import { disconnect } from '../grants/disconnect.ts'
import type { RevokePorts } from '../grants/revoke.ts'
import type { RevocationOutcome } from '../ports.ts'
import { Problem } from '../problem.ts'
import { findProvider } from '../providers/find.ts'
import type { Provider } from '../providers/provider.ts'
import { findLink } from './find-link.ts'

/**
 * Removes the caller's link to a provider, whose tokens are revoked first, best effort.
 * Throws `providerNotFound`, `grantNotFound`, `tryAgain`.
 */
export const unlink = async (
  ports: RevokePorts,
  caller: Caller,
  idOrSlug: string,
): Promise<z.input<typeof unlinked>> => {
  const { id } = await findProvider(ports.providers, caller.orgId, idOrSlug)
  const link = await findLink(ports, caller, id)
  if (!link) throw new Problem('grantNotFound')
  const { provider, outcome } = await disconnect(ports, caller, link.grant.id)
  return { token_revoked: outcome === 'revoked', token_revocation_error: reasons[outcome](provider) }
}

/** Why the tokens may live on. */
const reasons: Readonly<Record<RevocationOutcome, (provider: Provider) => string>> = {
  revoked: () => '',
  failed: () => 'The provider could not be asked to revoke the tokens, or refused.',
  sibling: () => 'Nothing was revoked: another connection of the same account would have ended with it.',
  unsupported: ({ settings: { settingsUrl } }) =>
    `The provider does not let applications revoke tokens.${settingsUrl ? ` Remove the application at ${settingsUrl}.` : ''}`,
}
