import { revokeUnsaved } from '../grants/revoke.ts'
import { Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import type { Provider } from '../providers/provider.ts'
import type { BrowserSecret } from './begin-in-browser.ts'
import { withClaim } from './claim.ts'
import { whyOver } from './complete.ts'
import { type BrowserFlow, isBrowserFlow } from './flow.ts'
import { openAccount, openTokenSet } from './flow-secrets.ts'
import { type KeepPorts, keepGrant } from './keep-grant.ts'
import { backTo, type Landing, landed } from './landing.ts'
import { refusing } from './refusing.ts'
import { isSecret } from './secrets.ts'

/**
 * What the person has decided about the account that was shown: its tokens become a grant, or are revoked. Exactly what
 * was shown is kept; nobody is asked again who the account is. Throws `otherBrowser`, `tryAgain`.
 */
export const decide = async (ports: KeepPorts, { key, secret }: BrowserSecret, keep: boolean): Promise<Landing> => {
  const flow = await ports.flows.get(key)
  if (!isBrowserFlow(flow)) return { kind: 'failed', problem: new Problem('stateRefused') }
  return landed(flow, () =>
    refusing(ports, flow, async () => {
      if (!isSecret(secret, flow.browser)) throw new Problem('otherBrowser')
      const provider = await ports.providers.get(flow.orgId, flow.providerId)
      const over = whyOver(flow, provider)
      if (!provider || over) throw new Problem('stateRefused', { reason: over })
      return keep ? keepHeld(ports, flow, provider) : revokeHeld(ports, flow, provider)
    }),
  )
}

const keepHeld = async (ports: KeepPorts, flow: BrowserFlow, provider: Provider): Promise<Landing> => {
  const { code, account, tokens } = await heldBy(ports, flow)
  const kept = await withClaim(ports, flow, code, async (claimed) =>
    keepGrant(ports, await openClient(ports, provider), claimed, tokens, account.sub),
  )
  if (!kept) throw new Problem('stateRefused')
  return { kind: 'connected', ...kept, ...backTo(flow) }
}

const revokeHeld = async (ports: KeepPorts, flow: BrowserFlow, provider: Provider): Promise<Landing> => {
  const { code, account, tokens } = await heldBy(ports, flow)
  const { orgId, userId, providerId } = flow
  ports.audit.record({ action: 'connect.declined', orgId, userId, providerId })
  const outcome = await withClaim(ports, flow, code, async (claimed) => {
    const client = await openClient(ports, provider)
    const revoked = await revokeUnsaved(ports, client, { ...flow, id: '', sub: account.sub }, tokens)
    // What cannot be revoked now is left to the sweeper.
    if (revoked !== 'failed') await ports.flows.remove(flow, claimed.claimId).catch(() => undefined)
    return revoked
  })
  if (!outcome) throw new Problem('stateRefused')
  return { kind: 'declined', provider, ...backTo(flow) }
}

const heldBy = async ({ vault }: KeepPorts, flow: BrowserFlow) => {
  const account = await openAccount(vault, flow)
  const tokens = await openTokenSet(vault, flow)
  if (!account || !tokens || !flow.code) throw new Problem('stateRefused')
  return { code: flow.code, account, tokens }
}
