import { randomUUID } from 'node:crypto'
import type { FileStore } from '../oauth/file-store.ts'
import { Clock } from './clock.ts'
import type { PlayedProvider } from './played-provider.ts'
import { type ClientRecord, type ConsentRecord, type GrantRecord, Records, type TokenRecord } from './records.ts'

/** Whose grants: an account's at one client, in one world of a provider. */
export type Owning = Pick<GrantRecord, 'provider' | 'instance' | 'clientId' | 'account'>

/** Tokens that have been over for so long are forgotten at the next start. */
const KEPT_MS = 30 * 24 * 3600 * 1000

/** Everything the stand-in remembers across restarts: apps, consents, grants, tokens and its clock. */
export class Books {
  readonly clock: Clock
  readonly #clients: Records<ClientRecord>
  readonly #grants: Records<GrantRecord>
  readonly #tokens: Records<TokenRecord>
  readonly #consents: Records<ConsentRecord>
  readonly #tokenIds = new Map<string, Set<string>>()
  readonly #grantIds = new Map<string, Set<string>>()

  constructor(store: FileStore) {
    const clocks = new Records<{ offsetMs: number }>(store.model('Clock'))
    this.clock = new Clock(clocks.get('clock')?.offsetMs ?? 0, (offsetMs) => clocks.save('clock', { offsetMs }))
    this.#clients = new Records(store.model('Client'))
    this.#grants = new Records(store.model('Grant'))
    this.#tokens = new Records(store.model('Token'))
    this.#consents = new Records(store.model('Consent'))
    for (const token of this.#tokens.all()) add(this.#tokenIds, token.grantId, token.id)
    for (const grant of this.#grants.all()) add(this.#grantIds, ownerId(grant), grant.id)
    this.#forgetOld()
  }

  client(provider: PlayedProvider, clientId: string): ClientRecord | undefined {
    return this.#clients.get(`${provider} ${clientId}`)
  }

  saveClient(client: ClientRecord): void {
    this.#clients.save(`${client.provider} ${client.clientId}`, client)
  }

  grant(id: string): GrantRecord | undefined {
    return this.#grants.get(id)
  }

  grants(): IterableIterator<GrantRecord> {
    return this.#grants.all()
  }

  addGrant(draft: Omit<GrantRecord, 'id' | 'createdAt'>): GrantRecord {
    const grant = { ...draft, id: randomUUID(), createdAt: this.clock.now() }
    this.#grants.save(grant.id, grant)
    add(this.#grantIds, ownerId(grant), grant.id)
    return grant
  }

  /** A token that was issued and not revoked, whether it is still good or not. */
  token(id: string): TokenRecord | undefined {
    return this.#tokens.get(id)
  }

  saveToken(token: TokenRecord): void {
    this.#tokens.save(token.id, token)
    add(this.#tokenIds, token.grantId, token.id)
  }

  /** Of one grant, oldest first. */
  tokensOf(grantId: string): TokenRecord[] {
    return [...(this.#tokenIds.get(grantId) ?? [])].flatMap((id) => this.#tokens.get(id) ?? [])
  }

  isExpired(token: TokenRecord): boolean {
    return token.expiresAt !== undefined && token.expiresAt <= this.clock.now()
  }

  isLive(token: TokenRecord): boolean {
    return token.usedAt === undefined && !this.isExpired(token)
  }

  endToken(token: TokenRecord): void {
    this.#tokens.delete(token.id)
    this.#tokenIds.get(token.grantId)?.delete(token.id)
  }

  endGrant(grantId: string): void {
    for (const token of this.tokensOf(grantId)) this.endToken(token)
    this.#tokenIds.delete(grantId)
    const grant = this.#grants.get(grantId)
    if (grant) this.#grantIds.get(ownerId(grant))?.delete(grantId)
    this.#grants.delete(grantId)
  }

  /** All grants of an account at a client, oldest first. */
  grantsLike(owning: Owning): GrantRecord[] {
    return [...(this.#grantIds.get(ownerId(owning)) ?? [])].flatMap((id) => this.#grants.get(id) ?? [])
  }

  /** Ends all grants of an account at a client, and its consent. */
  endAll(owning: Owning): void {
    for (const grant of this.grantsLike(owning)) this.endGrant(grant.id)
    this.#consents.delete(ownerId(owning))
  }

  /** Everyone who has said yes to a client; each grant is of one of them. */
  owners(): readonly Owning[] {
    return [...this.#consents.all()]
  }

  /** The scopes to which an account has said yes; undefined when it has not, or not any more. */
  consented(owning: Owning): readonly string[] | undefined {
    return this.#consents.get(ownerId(owning))?.scopes
  }

  saveConsent({ provider, instance, clientId, account }: Owning, scopes: readonly string[]): void {
    const owning = { provider, instance, clientId, account }
    const all = new Set([...(this.consented(owning) ?? []), ...scopes])
    this.#consents.save(ownerId(owning), { ...owning, scopes: [...all] })
  }

  #forgetOld(): void {
    const before = this.clock.now() - KEPT_MS
    for (const token of [...this.#tokens.all()]) {
      const over = token.usedAt ?? token.expiresAt
      if (over !== undefined && over < before) this.endToken(token)
    }
    for (const { id } of [...this.#grants.all()]) if (this.tokensOf(id).length === 0) this.endGrant(id)
  }
}

function ownerId({ provider, instance, clientId, account }: Owning): string {
  return JSON.stringify([provider, instance, clientId, account])
}

function add(index: Map<string, Set<string>>, key: string, id: string): void {
  index.set(key, (index.get(key) ?? new Set()).add(id))
}
