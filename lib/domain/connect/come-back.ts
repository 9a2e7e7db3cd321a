import type { Profile } from '../ports.ts'
import { Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import { type Provider, statusReason } from '../providers/provider.ts'
import type { Reason } from '../reasons.ts'
import { withClaim } from './claim.ts'
import { exchangeOnce, refusedConsent, requireIssuer, whyOver } from './complete.ts'
import { keepTokens, obtainAccount } from './finish-flow.ts'
import { type BrowserFlow, FLOW_SECONDS, isBrowserFlow } from './flow.ts'
import { browserFlowKey, type HeldAccount, openAccount, sealAccount, sealCode } from './flow-secrets.ts'
import type { KeepPorts } from './keep-grant.ts'
import { type Landing, landed, withParameter } from './landing.ts'
import { ending, refusing } from './refusing.ts'
import { hashOf, isSecret, randomSecret } from './secrets.ts'

/** The redirect of a provider as it reached us, and the redirect URI that it came to. */
export interface Redirect {
  readonly redirectUri: string
  readonly state?: string | undefined
  readonly code?: string | undefined
  readonly iss?: string | undefined
  readonly error?: string | undefined
}

/**
 * Where a browser goes on that a provider has sent back. Nothing is looked at before it is known to be the browser that
 * began; then the code is handed to the application, or exchanged for tokens that are held until the person has seen
 * whose they are. A state that no flow of a browser has is nobody's here, and stays unused.
 * Throws `otherBrowser`, `tryAgain`.
 */
export const comeBack = async (
  ports: KeepPorts,
  redirect: Redirect,
  secretOf: (key: string) => string | undefined,
): Promise<Landing> => {
  const unknown = { kind: 'unknown', refused: redirect.error !== undefined } as const
  if (redirect.state === undefined) return unknown
  const key = browserFlowKey(redirect.state)
  const secret = secretOf(key)
  const flow = await ports.flows.get(key)
  if (!isBrowserFlow(flow) || flow.redirectUri !== redirect.redirectUri) {
    // Only who began a flow with this state has its cookie, so the flow is over; a refusal stays one when it is loaded again.
    if (secret !== undefined && redirect.error !== undefined)
      return { kind: 'failed', problem: refusedConsent(redirect.error) }
    return secret === undefined ? unknown : { kind: 'failed', problem: over() }
  }
  return landed(flow, () =>
    refusing(ports, flow, async () => {
      if (flow.browser !== undefined && !isSecret(secret, flow.browser)) throw new Problem('otherBrowser')
      return goOn(ports, flow, redirect, secret ?? '')
    }),
  )
}

/** Nobody goes on with it any more. */
const over = (reason: Reason | undefined = 'stateUnknown'): Problem => new Problem('stateRefused', { reason })

const goOn = async (ports: KeepPorts, flow: BrowserFlow, redirect: Redirect, secret: string): Promise<Landing> => {
  const provider = await ports.providers.get(flow.orgId, flow.providerId)
  const why = whyOver(flow, provider)
  if (!provider || why) throw over(why)
  // The page was loaded again.
  const held = await openAccount(ports.vault, flow)
  if (held) return { kind: 'decision', flow, provider, account: held, secret }

  requireIssuer(provider, redirect.iss)
  if (redirect.error !== undefined) throw ending(refusedConsent(redirect.error), () => ports.flows.remove(flow))
  if (redirect.code === undefined) throw new Problem('upstreamAnswer')
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')
  if (flow.completion === 'app') return handOver(ports, flow, redirect.code)
  const account = await hold(ports, flow, provider, redirect.code)
  return { kind: 'decision', flow, provider, account, secret }
}

/** Exchanges nothing: the handle is good for the user's own token only, and the code never leaves. */
const handOver = async (ports: KeepPorts, flow: BrowserFlow, code: string): Promise<Landing> => {
  const secret = randomSecret()
  const kept = await ports.flows.handOver(flow, hashOf(secret), await sealCode(ports.vault, flow, code))
  if (!kept || flow.returnTo === undefined) throw over()
  return { kind: 'application', url: withParameter(flow.returnTo, 'handle', `${flow.key}.${secret}`) }
}

const hold = async (ports: KeepPorts, flow: BrowserFlow, provider: Provider, code: string): Promise<HeldAccount> => {
  const held = await withClaim(ports, flow, await sealCode(ports.vault, flow, code), async (claimed) => {
    const client = await openClient(ports, provider)
    const obtain = () => exchangeOnce(ports, client, claimed, code)
    const { tokens, profile, isNoted } = await obtainAccount(ports, client, claimed, obtain)
    // What the person is to decide about must be there then.
    if (!isNoted && !(await keepTokens(ports, claimed, tokens))) throw new Problem('stateRefused')
    const account = { sub: profile.sub, names: namesOf(profile) }
    // The person has as long again to decide; after that the sweeper revokes.
    const until = Date.now() + FLOW_SECONDS * 1000
    const sealed = await sealAccount(ports.vault, flow, account)
    if (!(await ports.flows.hold(claimed, claimed.claimId, sealed, until))) throw over()
    return account
  })
  // A browser that asked twice at once: the page can be loaded again when the first is done.
  if (!held) throw new Problem('tryAgain')
  return held
}

/** A row holds at most 400 KB, and a page a few lines. */
const LONGEST_NAME = 200

const namesOf = ({ name, nickName, email, sub }: Profile): string[] => {
  const names = [name, nickName, email, sub].filter((text) => text !== undefined && text !== '')
  return [...new Set(names.map((text = '') => text.slice(0, LONGEST_NAME)))]
}
