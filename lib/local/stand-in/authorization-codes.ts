import type { GrantRecord } from './records.ts'

/** An authorization code and what it will give. */
export interface AuthorizationCode {
  readonly id: string
  readonly grant: Omit<GrantRecord, 'id' | 'createdAt'>
  readonly redirectUri: string
  /** RFC 7636; absent where no challenge was sent or it was ignored. */
  readonly challenge?: { readonly value: string; readonly method: string }
  readonly expiresAt: number
  /** The grant it gave; set when it is used. */
  readonly grantId?: string
}

/** Older codes are dropped when there are more. */
const MOST = 10_000

/** Authorization codes, in memory; a used one is kept, so that its reuse is noticed. */
export class AuthorizationCodes {
  readonly #byId = new Map<string, AuthorizationCode>()

  get(id: string): AuthorizationCode | undefined {
    return this.#byId.get(id)
  }

  save(code: AuthorizationCode): void {
    this.#byId.set(code.id, code)
    const [oldest] = this.#byId.keys()
    if (this.#byId.size > MOST && oldest !== undefined) this.#byId.delete(oldest)
  }
}
