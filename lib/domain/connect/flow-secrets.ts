import { createHash } from 'node:crypto'
import type { SealContext, Sealed, TokenSet, Vault } from '../ports.ts'
import type { BrowserFlow, CodeFlow, DeviceFlow, DirectFlow, Flow } from './flow.ts'

/**
 * The key of a flow: SHA-256 of organization and state. The organization is part of it because applications may choose
 * the state, and two organizations that choose alike must not meet.
 */
export const flowKey = (orgId: string, state: string): string =>
  createHash('sha256')
    .update(JSON.stringify([orgId, state]))
    .digest('base64url')

/**
 * The key of a flow that comes back to Grantkeeper, where nobody says which organization is meant. Its state is drawn
 * here, so that it cannot meet another.
 */
export const browserFlowKey = (state: string): string =>
  createHash('sha256')
    .update(JSON.stringify([state]))
    .digest('base64url')

/** The key of a device flow by its handle; no state makes the same. */
export const deviceKey = (orgId: string, handle: string): string =>
  createHash('sha256')
    .update(JSON.stringify([orgId, 'device', handle]))
    .digest('base64url')

/** The key of a direct flow by what is to be used once, so that the same call finds what it has begun. */
export const directKey = (orgId: string, userId: string, providerId: string, used: string): string =>
  createHash('sha256')
    .update(JSON.stringify([orgId, 'direct', userId, providerId, used]))
    .digest('base64url')

/** What the flow must remember for the token request and may show to nobody. */
export interface FlowSecrets {
  readonly codeVerifier: string
  readonly nonce?: string
}

type Owner = Pick<Flow, 'orgId' | 'userId' | 'key'>

const context = ({ orgId, userId, key }: Owner, field: 'secrets' | 'code' | 'tokens' | 'account'): SealContext => ({
  orgId,
  kind: 'flow',
  id: key,
  userId,
  field,
  version: 1,
})

export const sealSecrets = (vault: Vault, owner: Owner, secrets: FlowSecrets): Promise<Sealed> =>
  vault.seal(context(owner, 'secrets'), JSON.stringify(secrets))

export const openSecrets = async (vault: Vault, flow: CodeFlow | DirectFlow): Promise<FlowSecrets> =>
  JSON.parse(await vault.open(context(flow, 'secrets'), flow.secrets)) as FlowSecrets

export const sealDeviceCode = (vault: Vault, owner: Owner, deviceCode: string): Promise<Sealed> =>
  vault.seal(context(owner, 'secrets'), deviceCode)

export const openDeviceCode = (vault: Vault, flow: DeviceFlow): Promise<string> =>
  vault.open(context(flow, 'secrets'), flow.secrets)

export const sealCode = (vault: Vault, flow: Flow, code: string): Promise<Sealed> =>
  vault.seal(context(flow, 'code'), code)

export const openCode = async (vault: Vault, flow: Flow): Promise<string | undefined> =>
  flow.code && (await vault.open(context(flow, 'code'), flow.code))

export const openReturnedCode = async (vault: Vault, flow: BrowserFlow): Promise<string | undefined> =>
  flow.returnedCode && (await vault.open(context(flow, 'code'), flow.returnedCode))

export const sealTokenSet = (vault: Vault, flow: Flow, tokens: TokenSet): Promise<Sealed> =>
  vault.seal(context(flow, 'tokens'), JSON.stringify(tokens))

export const openTokenSet = async (vault: Vault, flow: Flow): Promise<TokenSet | undefined> =>
  flow.tokens && (JSON.parse(await vault.open(context(flow, 'tokens'), flow.tokens)) as TokenSet)

/** The account whose tokens are held: its `sub`, and what the provider calls it, the best name first. */
export interface HeldAccount {
  readonly sub: string
  readonly names: readonly string[]
}

export const sealAccount = (vault: Vault, flow: BrowserFlow, account: HeldAccount): Promise<Sealed> =>
  vault.seal(context(flow, 'account'), JSON.stringify(account))

export const openAccount = async (vault: Vault, flow: BrowserFlow): Promise<HeldAccount | undefined> =>
  flow.account && (JSON.parse(await vault.open(context(flow, 'account'), flow.account)) as HeldAccount)
