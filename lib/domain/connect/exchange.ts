import { remainingMs } from '../deadline.ts'
import type { Client, Profile, TokenSet } from '../ports.ts'
import { Problem } from '../problem.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { openSecrets, openTokenSet, sealTokenSet } from './flow-secrets.ts'
import { type ClaimedFlow, giveUp, type KeepPorts } from './keep-grant.ts'

/**
 * The tokens of a claimed flow, exchanged now or noted by an earlier call that broke off, and whose they are.
 * Throws `codeRefused`, `providerNotActive`, `stateRefused`, `UpstreamFailure`.
 */
export const obtainTokens = async (
  ports: KeepPorts,
  client: Client,
  flow: ClaimedFlow,
  code: string,
): Promise<{ tokens: TokenSet; profile: Profile }> => {
  const tokens = (await openTokenSet(ports.vault, flow)) ?? (await exchange(ports, client, flow, code))
  return { tokens, profile: await readProfile(ports, client, tokens) }
}

/** Exchanges the code and writes the tokens into the flow before anything else can fail. */
const exchange = async (ports: KeepPorts, client: Client, flow: ClaimedFlow, code: string): Promise<TokenSet> => {
  const secrets = await openSecrets(ports.vault, flow)
  const request = { ...secrets, code, redirectUri: flow.redirectUri }
  let unusable: UpstreamFailure | undefined
  try {
    const tokens = await ports.oauth.exchangeCode(client, request).catch((error: unknown) => {
      // An answer was lost, or is none to build on. The same code again either succeeds, or makes the server revoke what
      // it gave (RFC 6749 section 4.1.2); both leave no token that nobody knows of.
      const lost = error instanceof UpstreamFailure && error.outcomeUnknown && remainingMs() > 1000
      if (!lost) throw error
      if (error.failure === 'badAnswer') unusable = error
      return ports.oauth.exchangeCode(client, request)
    })
    const sealed = await sealTokenSet(ports.vault, flow, tokens)
    if (await ports.flows.keepTokens(flow, flow.claimId, sealed, flow.expiresAt)) return tokens
    // The flow was ended meanwhile, so nobody would look after these tokens.
    return giveUp(ports, client, flow, tokens, tokens.sub, new Problem('stateRefused'))
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    if (error.failure === 'grantDead') {
      await ports.flows.remove(flow, flow.claimId)
      // The code is spent; what is wrong is the answer that it was spent for, if there was one.
      throw unusable ?? new Problem('codeRefused', { cause: error })
    }
    if (error.failure === 'clientRejected') {
      await ports.providers.rejectClient(client.provider)
      ports.audit.record({ action: 'client.rejected', orgId: flow.orgId, providerId: flow.providerId })
      throw new Problem('providerNotActive', { detail: 'It refuses the registered client secret.', cause: error })
    }
    throw error
  }
}

/** Who the account is. The ID token and the profile must agree (OpenID Connect Core section 5.3.2). */
const readProfile = async (ports: KeepPorts, client: Client, tokens: TokenSet): Promise<Profile> => {
  const profile = await ports.oauth.profile(client, tokens)
  if (tokens.sub !== undefined && tokens.sub !== profile.sub) {
    throw new UpstreamFailure('badAnswer', { message: 'The profile is of another account than the ID token' })
  }
  return profile
}
