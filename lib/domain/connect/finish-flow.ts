import { despiteReplicas } from '../grants/replicas.ts'
import type { Claimed, Client, GrantAndProvider, Profile, TokenSet } from '../ports.ts'
import { Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import type { Provider } from '../providers/provider.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { withClaim } from './claim.ts'
import type { Flow } from './flow.ts'
import { openTokenSet, sealCode, sealTokenSet } from './flow-secrets.ts'
import { type ClaimedFlow, giveUp, type KeepPorts, keepGrant } from './keep-grant.ts'

/** Asks the provider for the tokens of a claimed flow. */
type Obtain<Kind extends Flow> = (client: Client, claimed: Claimed<Kind>) => Promise<TokenSet>

/**
 * Claims a flow, so that nobody else works on it, gets tokens for its code, and keeps the grant. The flow is the journal
 * of what happened, so that a repeated call takes up what a failure broke off. Undefined when somebody else has the claim.
 * Throws what `obtain` and `keepGrant` throw, `upstreamUnavailable`, `upstreamAnswer`.
 */
export const finishFlow = async <Kind extends Flow>(
  ports: KeepPorts,
  provider: Provider,
  flow: Kind,
  code: string,
  obtain: Obtain<Kind>,
): Promise<(GrantAndProvider & { profile: Profile }) | undefined> =>
  withClaim(ports, flow, await sealCode(ports.vault, flow, code), async (claimed) => {
    const client = await openClient(ports, provider)
    const { tokens, profile, isNoted } = await obtainAccount(ports, client, claimed, obtain)
    const kept = orNote(ports, claimed, tokens, isNoted, () => keepGrant(ports, client, claimed, tokens, profile.sub))
    const { grant } = await kept
    return { grant, provider: client.provider, profile: { ...profile, sub: profile.sub || grant.sub } }
  })

/**
 * The tokens of a claimed flow, those that were noted before, else by `obtain`; and whose they are. `isNoted`: the flow
 * holds them, so that whatever breaks off can be taken up.
 */
export const obtainAccount = async <Kind extends Flow>(
  ports: KeepPorts,
  client: Client,
  flow: Claimed<Kind>,
  obtain: Obtain<Kind>,
): Promise<{ tokens: TokenSet; profile: Profile; isNoted: boolean }> => {
  const noted = await openTokenSet(ports.vault, flow)
  const tokens = noted ?? (await obtain(client, flow))
  const isNoted = noted !== undefined || (await note(ports, client, flow, tokens))
  try {
    return await withProfile(ports, client, flow, tokens, isNoted)
  } catch (error) {
    const { refreshToken } = tokens
    if (!(error instanceof UpstreamFailure) || !error.tokenRefused || refreshToken === undefined) throw error
    // Another token may be taken, as it is wherever the profile is asked for.
    const other = await ports.oauth.refresh(client, refreshToken, flow.scopes).catch(() => {
      throw error
    })
    const renewed = { ...tokens, ...other }
    return withProfile(ports, client, flow, renewed, await note(ports, client, flow, renewed))
  }
}

const withProfile = async (
  ports: KeepPorts,
  client: Client,
  flow: ClaimedFlow,
  tokens: TokenSet,
  isNoted: boolean,
): Promise<{ tokens: TokenSet; profile: Profile; isNoted: boolean }> => {
  const profile = await orNote(ports, flow, tokens, isNoted, () => readProfile(ports, client, tokens))
  return { tokens, profile, isNoted }
}

/** The token endpoint refused the client itself: its verdict holds for everybody. Throws `providerNotActive`. */
export const refuseClient = async (ports: KeepPorts, { provider }: Client, cause: UpstreamFailure): Promise<never> => {
  // What is known is answered, whatever becomes of its note.
  await ports.providers.rejectClient(provider, cause.codes).catch(() => undefined)
  ports.audit.record({ action: 'client.rejected', orgId: provider.orgId, providerId: provider.id })
  throw new Problem('providerNotActive', { detail: 'It refuses the registered client secret.', cause })
}

/** Writes the tokens into the flow; false when the flow is not the claimed one any more. */
export const keepTokens = async (ports: KeepPorts, flow: ClaimedFlow, tokens: TokenSet): Promise<boolean> =>
  ports.flows.keepTokens(flow, flow.claimId, await sealTokenSet(ports.vault, flow, tokens), flow.expiresAt)

/**
 * Notes the tokens before anything else can fail. False when they could not be written down: they are good nevertheless,
 * and the grant itself may be kept.
 */
const note = async (ports: KeepPorts, client: Client, flow: ClaimedFlow, tokens: TokenSet): Promise<boolean> => {
  const write = (): Promise<boolean> => keepTokens(ports, flow, tokens)
  const isOurs = await write()
    .catch(write)
    .catch(() => undefined)
  if (isOurs !== false) return isOurs === true
  // The flow was ended meanwhile, so nobody would look after these tokens.
  const sub = tokens.sub ?? (await readProfile(ports, client, tokens).catch(() => undefined))?.sub
  return giveUp(ports, client, flow, tokens, sub, new Problem('stateRefused'))
}

/** Does the work; where it fails and the tokens are not noted yet, they are now, since a code is good only once. */
const orNote = async <Result>(
  ports: KeepPorts,
  flow: ClaimedFlow,
  tokens: TokenSet,
  isNoted: boolean,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    if (!isNoted) await keepTokens(ports, flow, tokens).catch(() => undefined)
    throw error
  }
}

/** Who the account is. The ID token and the profile must agree (OpenID Connect Core section 5.3.2). */
const readProfile = async (ports: KeepPorts, client: Client, tokens: TokenSet): Promise<Profile> => {
  const profile = await despiteReplicas(Date.now(), () => ports.oauth.profile(client, tokens))
  if (tokens.sub !== undefined && tokens.sub !== profile.sub) {
    throw new UpstreamFailure('badAnswer', {
      reason: 'accountContradicted',
      message: 'The profile is of another account than the ID token',
    })
  }
  return profile
}
