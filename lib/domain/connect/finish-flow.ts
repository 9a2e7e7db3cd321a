import { newId } from '../ids.ts'
import type { Client, GrantAndProvider, Profile, TokenSet } from '../ports.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import type { Provider } from '../providers/provider.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { upstreamProblem } from '../upstream-problem.ts'
import { type Flow, isDeviceFlow } from './flow.ts'
import { openTokenSet, sealCode, sealTokenSet } from './flow-secrets.ts'
import { type ClaimedFlow, giveUp, type KeepPorts, keepGrant } from './keep-grant.ts'

/** As long as a request may last: then whoever had the claim is no longer exchanging. */
const CLAIM_MS = 30_000
/** When the sweeper takes up a code that was sent and never accounted for; tokens that were noted wait for the flow's end. */
const SETTLE_MS = 60_000

/**
 * Claims a flow, so that nobody else works on it, gets tokens for its code (those that were noted before, else by
 * `obtain`), and keeps the grant. The flow is the journal of what happened, so that a repeated call takes up what a
 * failure broke off. Undefined when somebody else has the claim.
 * Throws what `obtain` and `keepGrant` throw, `upstreamUnavailable`, `upstreamAnswer`.
 */
export const finishFlow = async (
  ports: KeepPorts,
  provider: Provider,
  flow: Flow,
  code: string,
  obtain: (client: Client, claimId: string) => Promise<TokenSet>,
): Promise<(GrantAndProvider & { profile: Profile }) | undefined> => {
  const claimed = { ...flow, claimId: newId() }
  const now = Date.now()
  const claim = {
    id: claimed.claimId,
    until: now + CLAIM_MS,
    code: await sealCode(ports.vault, flow, code),
    dueAt: now + SETTLE_MS,
    ...(isDeviceFlow(flow) && { nextPollAt: now + flow.intervalSeconds * 1000 }),
  }
  if (!(await ports.flows.claim(flow, claim))) return undefined
  try {
    const client = await openClient(ports, provider)
    const noted = await openTokenSet(ports.vault, flow)
    const tokens = noted ?? (await note(ports, client, claimed, await obtain(client, claimed.claimId)))
    const profile = await readProfile(ports, client, tokens)
    return { ...(await keepGrant(ports, client, claimed, tokens, profile.sub)), profile }
  } catch (error) {
    if (!isSettled(error)) await ports.flows.release(claimed, claimed.claimId).catch(() => undefined)
    throw upstreamProblem(error)
  }
}

/** The token endpoint refused the client itself: its verdict holds for everybody. Throws `providerNotActive`. */
export const refuseClient = async (ports: KeepPorts, { provider }: Client, cause: UpstreamFailure): Promise<never> => {
  await ports.providers.rejectClient(provider, cause.codes)
  ports.audit.record({ action: 'client.rejected', orgId: provider.orgId, providerId: provider.id })
  throw new Problem('providerNotActive', { detail: 'It refuses the registered client secret.', cause })
}

/** Writes the tokens into the flow before anything else can fail. */
const note = async (ports: KeepPorts, client: Client, flow: ClaimedFlow, tokens: TokenSet): Promise<TokenSet> => {
  const sealed = await sealTokenSet(ports.vault, flow, tokens)
  if (await ports.flows.keepTokens(flow, flow.claimId, sealed, flow.expiresAt)) return tokens
  // The flow was ended meanwhile, so nobody would look after these tokens.
  return giveUp(ports, client, flow, tokens, tokens.sub, new Problem('stateRefused'))
}

/** Who the account is. The ID token and the profile must agree (OpenID Connect Core section 5.3.2). */
const readProfile = async (ports: KeepPorts, client: Client, tokens: TokenSet): Promise<Profile> => {
  const profile = await ports.oauth.profile(client, tokens)
  if (tokens.sub !== undefined && tokens.sub !== profile.sub) {
    throw new UpstreamFailure('badAnswer', { message: 'The profile is of another account than the ID token' })
  }
  return profile
}

/** After these the flow is over, or has been put back; after anything else the same call may be made again. */
const settled: readonly ProblemCode[] = [
  'codeRefused',
  'refreshTokenRefused',
  'sharedConnection',
  'accountMismatch',
  'authorizationPending',
  'slowDown',
  'accessDenied',
  'expiredToken',
]

const isSettled = (error: unknown): boolean => error instanceof Problem && settled.includes(error.code)
