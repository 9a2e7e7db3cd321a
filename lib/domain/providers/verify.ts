import { type Caller, requireAdmin } from '../caller.ts'
import type { OAuth, Vault } from '../ports.ts'
import { Problem } from '../problem.ts'
import { openClient } from './client-secret.ts'
import { usualRedirectUri } from './provider.ts'
import type { Check, CheckName } from './verify/check.ts'
import { checkBaseUrl } from './verify/check-base-url.ts'
import { checkDiscovery } from './verify/check-discovery.ts'
import { checkRequest } from './verify/check-request.ts'
import { checkRevocation } from './verify/check-revocation.ts'
import { checkSecret, type SecretPorts } from './verify/check-secret.ts'

export interface VerifyPorts extends SecretPorts {
  readonly oauth: OAuth
  readonly vault: Vault
  readonly publicBaseUrl: string
  /** Whether this is the local stack. */
  readonly local: boolean
}

/** In the order in which a person mends them. */
const order: readonly CheckName[] = [
  'publicBaseUrl',
  'discovery',
  'tokenEndpoint',
  'clientId',
  'clientSecret',
  'callbackUrl',
  'scopes',
  'pkce',
  'revocation',
]
/** Of two that looked at the same thing the one that knows more is believed. */
const weight: readonly Check['result'][] = ['failed', 'passed', 'unknown', 'skipped']

/**
 * Checks a provider without any user: whether its metadata, its client and its secret are right, and what it says to the
 * requests that Grantkeeper will make. Throws `providerNotFound`, `adminOnly`, `providerDeleting`, `notRecorded`.
 */
export const verify = async (ports: VerifyPorts, caller: Caller, id: string): Promise<Check[]> => {
  const provider = await ports.providers.get(caller.orgId, id)
  if (!provider) throw new Problem('providerNotFound')
  requireAdmin(caller)
  if (provider.state === 'deleting' || provider.state === 'deletionFailed') throw new Problem('providerDeleting')

  const client = await openClient(ports, provider)
  const redirectUri = usualRedirectUri(provider, ports.publicBaseUrl)
  ports.audit.record({ action: 'provider.verified', ...caller, providerId: id })
  const checks = await Promise.all([
    [checkBaseUrl(ports.publicBaseUrl, ports.local)],
    checkDiscovery(ports.oauth, provider),
    checkSecret(ports, client, redirectUri),
    checkRequest(ports.oauth, provider, redirectUri),
    checkRevocation(ports.oauth, client),
  ])
  return order.flatMap((name) => {
    const [first] = checks
      .flat()
      .filter(({ check }) => check === name)
      .sort((a, b) => weight.indexOf(a.result) - weight.indexOf(b.result))
    return first ?? []
  })
}
