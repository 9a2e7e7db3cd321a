import type { Provider } from 'oidc-provider'
import * as z from 'zod'
import { type Behaviour, behaviourSchema, defaultBehaviour } from './behaviour.ts'
import { type DeviceDecision, decideDevice } from './device-flow.ts'
import type { FileStore } from './file-store.ts'
import type { UpstreamRequest } from './request-log.ts'

const clientRegistration = z.strictObject({
  clientId: z.string().min(1),
  /** Printable ASCII (RFC 6749 appendix A.2). */
  clientSecret: z.string().regex(/^[\x20-\x7e]+$/),
  /** Compared exactly. */
  redirectUris: z.array(z.url()).min(1),
  /** Recorded only: the server takes the secret in the header and in the body. */
  authMethod: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
})

const grantSelection = z.union([z.string(), z.strictObject({ account: z.string() })])

const grantOrder = z.union([
  z.int().positive(),
  z.strictObject({ count: z.int().positive(), clientId: z.string().optional() }),
])

/** A grant that still has a live token. */
export interface LiveGrant {
  grantId: string
  account: string
  clientId: string
  /** Neither consumed nor expired. */
  refreshTokens: number
  /** Not expired. */
  accessTokens: number
}

/** A grant made without a browser. */
export interface IssuedGrant {
  account: string
  accessToken: string
  refreshToken: string
  /** Seconds. */
  expiresIn: number
}

/** What tests and scripts may see and change of the demo upstream. Arguments are checked; a ZodError says what is wrong. */
export interface UpstreamControl {
  /** Adds a client, or replaces one of the same id. Throws for the id of the ready-made client. */
  registerClient(registration: z.infer<typeof clientRegistration>): Promise<void>
  setBehaviour(changes: Partial<Behaviour>): void
  resetBehaviour(): void
  /** The requests so far, oldest first; each is added when its work is done, before it is answered. */
  requests(): UpstreamRequest[]
  clearRequests(): void
  liveGrants(): Promise<LiveGrant[]>
  /** Ends one grant by its id, or all of an account, as if the user removed the app. */
  revokeGrant(which: z.infer<typeof grantSelection>): Promise<void>
  /** Allows or denies the device that shows this code, without the pages. Throws when there is none. */
  decideDevice(decision: DeviceDecision): Promise<void>
  /** Makes live grants for accounts `load-1`, `load-2` and so on, of the ready-made client unless told. */
  issueGrants(order: z.infer<typeof grantOrder>): Promise<IssuedGrant[]>
}

/** What a client may ask tokens for. */
export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
] as const

const SCOPE = 'openid profile email offline_access'

/** The control of a provider, on the very state that the provider works with. */
export function createUpstreamControl(parts: {
  provider: Provider
  store: FileStore
  behaviour: Behaviour
  log: UpstreamRequest[]
  readyMadeClientId: string
}): UpstreamControl {
  const { provider, store, behaviour, log, readyMadeClientId } = parts

  async function endGrant(grantId: string): Promise<void> {
    for (const model of ['AccessToken', 'RefreshToken', 'AuthorizationCode']) {
      await store.model(model).revokeByGrantId(grantId)
    }
    await store.model('Grant').destroy(grantId)
  }

  async function issueGrant(account: string, clientId: string): Promise<IssuedGrant> {
    const client = await provider.Client.find(clientId)
    if (!client) throw new Error(`There is no client ${clientId}.`)
    const grant = new provider.Grant({ accountId: account, clientId })
    grant.addOIDCScope(SCOPE)
    const token = { accountId: account, client, grantId: await grant.save(), gty: 'authorization_code', scope: SCOPE }
    return {
      account,
      accessToken: await new provider.AccessToken(token).save(),
      refreshToken: await new provider.RefreshToken({ ...token, rotations: 0 }).save(),
      expiresIn: behaviour.accessTokenSeconds,
    }
  }

  return {
    async registerClient(registration) {
      const { clientId, clientSecret, redirectUris, authMethod } = clientRegistration.parse(registration)
      if (clientId === readyMadeClientId) throw new Error('The ready-made client cannot be replaced.')
      await store.model('Client').upsert(clientId, {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: redirectUris,
        token_endpoint_auth_method: authMethod ?? 'client_secret_basic',
        grant_types: [...GRANT_TYPES],
        response_types: ['code'],
      })
    },

    setBehaviour: (changes) => void Object.assign(behaviour, behaviourSchema.partial().parse(changes)),
    resetBehaviour: () => void Object.assign(behaviour, defaultBehaviour()),
    requests: () => [...log],
    clearRequests: () => void log.splice(0),

    async liveGrants() {
      const grants = new Map<string, LiveGrant>()
      for (const { jti, accountId, clientId } of store.model('Grant').live()) {
        if (jti === undefined) continue
        grants.set(jti, {
          grantId: jti,
          account: accountId ?? '',
          clientId: clientId ?? '',
          refreshTokens: 0,
          accessTokens: 0,
        })
      }
      for (const { grantId, consumed } of store.model('RefreshToken').live()) {
        const grant = grants.get(grantId ?? '')
        if (grant && !consumed) grant.refreshTokens += 1
      }
      for (const { grantId } of store.model('AccessToken').live()) {
        const grant = grants.get(grantId ?? '')
        if (grant) grant.accessTokens += 1
      }
      return [...grants.values()].filter((grant) => grant.refreshTokens + grant.accessTokens > 0)
    },

    async revokeGrant(selection) {
      const which = grantSelection.parse(selection)
      if (typeof which === 'string') return endGrant(which)
      const doomed = [...store.model('Grant').live()].filter((grant) => grant.accountId === which.account)
      for (const { jti } of doomed) if (jti !== undefined) await endGrant(jti)
    },

    decideDevice: (decision) => decideDevice(provider, decision),

    async issueGrants(order) {
      const parsed = grantOrder.parse(order)
      const { count, clientId = readyMadeClientId } = typeof parsed === 'number' ? { count: parsed } : parsed
      const issued: IssuedGrant[] = []
      for (let n = 1; n <= count; n += 1) issued.push(await issueGrant(`load-${n}`, clientId))
      return issued
    },
  }
}
