import type { Caller } from '../caller.ts'
import { exchangeOnce } from '../connect/complete.ts'
import { finishFlow, refuseClient } from '../connect/finish-flow.ts'
import { type DirectFlow, FLOW_SECONDS, type FlowEnd } from '../connect/flow.ts'
import { directKey, sealSecrets } from '../connect/flow-secrets.ts'
import type { ClaimedFlow, KeepPorts } from '../connect/keep-grant.ts'
import { refuseTaken } from '../connect/refuse-taken.ts'
import { ending, refusing, type Whose } from '../connect/refusing.ts'
import type { Client, GrantAndProvider, TokenSet } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { findProvider } from '../providers/find.ts'
import { type Provider, statusReason } from '../providers/provider.ts'
import { isRefusal, UpstreamFailure } from '../upstream-failure.ts'

/** A code with what belongs to it, or a refresh token. */
export interface DirectRequest {
  readonly code?: string | undefined
  readonly redirectUri?: string | undefined
  readonly codeVerifier?: string | undefined
  readonly nonce?: string | undefined
  readonly refreshToken?: string | undefined
}

/**
 * Connects an account with what an application has got by itself, where an admin allows it. It is used at once, and who
 * the account is is asked before anything is kept. The same call repeated takes up what a failure broke off, and answers
 * the connection once there is one: a code that is sent twice ends what it gave (RFC 6749 section 4.1.2).
 * Throws `invalidRequest` (`redirectUri`, `codeVerifier`), `providerNotFound`, `programmaticConnectOff`,
 * `providerNotActive`, `sharedConnection`, `connecting`, `codeRefused`, `refreshTokenRefused`, `upstreamUnavailable`,
 * `upstreamAnswer`.
 */
export const connectDirectly = async (
  ports: KeepPorts & { readonly publicBaseUrl: string },
  caller: Caller,
  idOrSlug: string,
  request: DirectRequest,
): Promise<GrantAndProvider> => {
  const whose: Whose = { ...caller }
  return refusing(ports, whose, () => connectOnce(ports, caller, idOrSlug, request, whose))
}

const connectOnce = async (
  ports: KeepPorts & { readonly publicBaseUrl: string },
  caller: Caller,
  idOrSlug: string,
  request: DirectRequest,
  whose: Whose,
): Promise<GrantAndProvider> => {
  const { code, redirectUri, codeVerifier, refreshToken } = request
  // A code that came to us belongs to a flow, and whoever holds it may not be who began that.
  if (redirectUri !== undefined && isBelow(ports.publicBaseUrl, redirectUri)) {
    throw invalid('redirectUri', "must be the application's own: a code sent to Grantkeeper belongs to another flow")
  }
  const provider = await findProvider(ports.providers, caller.orgId, idOrSlug)
  whose.providerId = provider.id
  if (code !== undefined && codeVerifier === undefined && provider.settings.pkce) {
    throw invalid('codeVerifier', 'is required: this provider takes PKCE')
  }
  if (!provider.programmaticConnect) throw new Problem('programmaticConnectOff')
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')
  await refuseTaken(ports.grants, provider, caller)

  const used = code ?? refreshToken ?? ''
  const flow = await begin(ports, caller, provider, used, request)
  if ('outcome' in flow) {
    const [grant] = flow.grantId === undefined ? [] : await ports.grants.getMany(caller.orgId, [flow.grantId])
    // Used up, and what came of it is gone.
    if (!grant) throw new Problem(code === undefined ? 'refreshTokenRefused' : 'codeRefused')
    return { grant, provider }
  }
  const finished = await finishFlow(ports, provider, flow, used, (client, claimed) =>
    redirectUri === undefined
      ? refreshOnce(ports, client, claimed, used)
      : exchangeOnce(ports, client, { ...claimed, redirectUri }, used),
  )
  if (!finished) throw new Problem('connecting')
  return finished
}

/** Whether a URI leads to a path below the base, however it is spelled. */
const isBelow = (base: string, uri: string): boolean => {
  const own = new URL(base)
  const given = new URL(uri)
  const path = given.pathname.replace(/%[0-9a-f]{2}/gi, (code) =>
    String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  )
  const isHere = given.host.replace(/\.(?=$|:)/, '') === own.host
  return isHere && `${path}/`.toLowerCase().startsWith(`${own.pathname.replace(/\/$/, '')}/`.toLowerCase())
}

/** The flow of this very code or token: a new one, or what there is of an earlier call, its end included. */
const begin = async (
  ports: KeepPorts,
  { orgId, userId, actorId }: Caller,
  provider: Provider,
  used: string,
  { redirectUri, codeVerifier = '', nonce }: DirectRequest,
): Promise<DirectFlow | FlowEnd> => {
  const owner = { key: directKey(orgId, userId, provider.id, used), orgId, userId }
  const { flow, end } = await ports.flows.getDirect(owner.key)
  if (end && end.expiresAt > Date.now()) return end
  if (flow && flow.expiresAt > Date.now()) return flow
  const fresh: DirectFlow = {
    ...owner,
    direct: true,
    providerId: provider.id,
    clientId: provider.clientId,
    ...(redirectUri !== undefined && { redirectUri }),
    scopes: provider.scopes,
    secrets: await sealSecrets(ports.vault, owner, { codeVerifier, ...(nonce !== undefined && { nonce }) }),
    expiresAt: Date.now() + FLOW_SECONDS * 1000,
  }
  ports.audit.record({ action: 'connect.started', orgId, userId, actorId, providerId: provider.id })
  if (!(await ports.flows.create(fresh))) throw new Problem('connecting')
  return fresh
}

/** Uses the refresh token, which proves that it is one of this client. It stays unless the answer brings another. */
const refreshOnce = async (
  ports: KeepPorts,
  client: Client,
  flow: ClaimedFlow,
  refreshToken: string,
): Promise<TokenSet> => {
  try {
    const answer = await ports.oauth.refresh(client, refreshToken, flow.scopes)
    const keeps = answer.refreshToken === undefined || client.provider.settings.rotation === 'keep'
    return keeps ? { ...answer, refreshToken } : answer
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    if (error.failure === 'clientRejected') return refuseClient(ports, client, error)
    if (!isRefusal(error)) throw error
    const problem = new Problem('refreshTokenRefused', { cause: error, error: error.error })
    throw ending(problem, () => ports.flows.remove(flow, flow.claimId))
  }
}
