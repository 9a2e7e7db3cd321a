import { revokeUnsaved } from '../grants/revoke.ts'
import { newId } from '../ids.ts'
import type { Client, Profile, TokenSet } from '../ports.ts'
import { openClient } from '../providers/client-secret.ts'
import { openedIfEver } from '../seal-broken.ts'
import { isRefusal, UpstreamFailure } from '../upstream-failure.ts'
import { type Flow, isDeviceFlow, isDirectFlow } from './flow.ts'
import { openCode, openSecrets, openTokenSet } from './flow-secrets.ts'
import type { KeepPorts } from './keep-grant.ts'

/** As long as a sweep may run: so long nobody else goes on with the flow. */
const AT_WORK_MS = 60_000
/** For so long after the flow's end a revocation that fails is tried again. */
const PATIENCE_MS = 60 * 60_000

/**
 * Cleans up after a flow that broke off once its code had been sent: whatever the provider gave is revoked.
 * Tokens that were noted are revoked; a code whose answer was lost is sent once more, since a server that has seen it
 * revokes what it gave for it (RFC 6749 section 4.1.2), and what it gives now can be revoked here. So is one whose tokens
 * do not open any more.
 * Does nothing while somebody is at work on the flow. Throws when it should be tried again later.
 */
export const settle = async (ports: KeepPorts, key: string): Promise<void> => {
  const sent = await ports.flows.get(key)
  if (sent?.code === undefined) return
  const until = Date.now() + AT_WORK_MS
  // A code that two send is one whose tokens the server revokes.
  const flow = await ports.flows.claim(sent, { id: newId(), until, dueAt: until })
  if (!flow) return
  const provider = await ports.providers.get(flow.orgId, flow.providerId)
  if (provider) {
    const client = await openClient(ports, provider)
    const tokens = (await openedIfEver(openTokenSet(ports.vault, flow))) ?? (await exchangeAgain(ports, client, flow))
    if (tokens) {
      const sub = tokens.sub ?? (await accountOf(ports, client, flow, tokens))
      const outcome = await revokeUnsaved(ports, client, { ...flow, id: '', sub }, tokens)
      if (outcome === 'failed' && Date.now() < flow.expiresAt + PATIENCE_MS) {
        throw new Error('The tokens of a flow that broke off could not be revoked')
      }
    }
  }
  await ports.flows.remove(flow, flow.claimId)
}

const exchangeAgain = async (ports: KeepPorts, client: Client, flow: Flow): Promise<TokenSet | undefined> => {
  const code = await openedIfEver(openCode(ports.vault, flow))
  if (code === undefined) return undefined
  try {
    if (isDeviceFlow(flow)) return await ports.oauth.exchangeDeviceCode(client, code)
    // A refresh token that was lost on the way has made nothing that another try would end.
    if (isDirectFlow(flow) && flow.redirectUri === undefined) return undefined
    const secrets = await openedIfEver(openSecrets(ports.vault, flow))
    if (!secrets) return undefined
    return await ports.oauth.exchangeCode(client, { ...secrets, code, redirectUri: flow.redirectUri ?? '' })
  } catch (error) {
    const final = error instanceof UpstreamFailure && (isRefusal(error) || flow.expiresAt < Date.now())
    if (final) return undefined
    throw error
  }
}

/** Whose the tokens are, since the account's living grants are spared; asked again later while that fails for now. */
const accountOf = async (
  ports: KeepPorts,
  client: Client,
  flow: Flow,
  tokens: TokenSet,
): Promise<Profile['sub'] | undefined> => {
  try {
    return (await ports.oauth.profile(client, tokens)).sub
  } catch (error) {
    const passes = error instanceof UpstreamFailure && error.failure === 'transient'
    if (passes && Date.now() < flow.expiresAt + PATIENCE_MS) throw error
    return undefined
  }
}
