import type { AdapterPayload } from 'oidc-provider'
import type { ModelStore } from '../oauth/model-store.ts'
import type { PlayedProvider } from './played-provider.ts'

/** An app registered with a provider. */
export interface ClientRecord {
  readonly provider: PlayedProvider
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  /** GitHub has two kinds of apps. */
  readonly kind: 'oauthApp' | 'githubApp'
  /** Its users are not asked. */
  readonly trusted: boolean
  /** Whether its tokens expire, where that is a setting of the app. */
  readonly expiring: boolean
  /** Whether it may use the device flow, where that is a setting of the app. */
  readonly device: boolean
  /** May be sent to the callback of any Grantkeeper on this machine. */
  readonly readyMade: boolean
}

/** What one authorization gave. Times are epoch milliseconds of the stand-in's clock. */
export interface GrantRecord {
  readonly id: string
  readonly provider: PlayedProvider
  /** The world it is of, e.g. one self-hosted server. */
  readonly instance: string
  readonly clientId: string
  readonly account: string
  readonly scopes: readonly string[]
  /** Parameters of the authorization request that matter later, e.g. `access_type`. */
  readonly params: Readonly<Record<string, string>>
  readonly consentShown: boolean
  readonly byDevice: boolean
  readonly createdAt: number
}

/** A token; one that was replaced is kept, so that its reuse is noticed. */
export interface TokenRecord {
  readonly id: string
  readonly kind: 'access' | 'refresh'
  readonly grantId: string
  /** Whose it is where a grant gives several, e.g. a bot's. */
  readonly label: string
  readonly scopes: readonly string[]
  readonly issuedAt: number
  /** Absent: it does not expire. */
  readonly expiresAt?: number
  /** Refresh tokens: when it was first used although it may be used once. */
  readonly usedAt?: number
}

/** That a user once said yes to a client. */
export interface ConsentRecord {
  readonly provider: PlayedProvider
  readonly instance: string
  readonly clientId: string
  readonly account: string
  readonly scopes: readonly string[]
}

/** Records of one kind, in memory and in the file that survives a restart. Everything is done when a call returns. */
export class Records<T extends object> {
  readonly #model: ModelStore
  readonly #byId = new Map<string, T>()

  constructor(model: ModelStore) {
    this.#model = model
    // The file has what save() wrote, and that is a T.
    for (const [id, { payload }] of model.entries()) this.#byId.set(id, payload as object as T)
  }

  get(id: string): T | undefined {
    return this.#byId.get(id)
  }

  all(): IterableIterator<T> {
    return this.#byId.values()
  }

  save(id: string, record: T): void {
    this.#byId.set(id, record)
    // It does its work before it returns its promise. To it a payload is any object.
    void this.#model.upsert(id, record as AdapterPayload)
  }

  delete(id: string): void {
    this.#byId.delete(id)
    void this.#model.destroy(id)
  }
}
