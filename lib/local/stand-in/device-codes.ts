import type { PlayedProvider } from './played-provider.ts'

/** A device that waits for its user (RFC 8628). */
export interface DeviceCode {
  readonly id: string
  /** As the person is told it. */
  readonly userCode: string
  readonly provider: PlayedProvider
  readonly instance: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly expiresAt: number
  readonly intervalSeconds: number
  readonly polledAt?: number
  readonly decision?: { readonly account: string } | 'denied'
  readonly used?: true
}

/** Older ones are dropped when there are more. */
const MOST = 10_000

/** Device codes, in memory. */
export class DeviceCodes {
  readonly #byId = new Map<string, DeviceCode>()

  get(id: string): DeviceCode | undefined {
    return this.#byId.get(id)
  }

  /** By what a person types: case, blanks and dashes do not matter (RFC 8628 section 6.1). */
  byUserCode(provider: PlayedProvider, typed: string): DeviceCode | undefined {
    for (const code of this.#byId.values())
      if (code.provider === provider && plain(code.userCode) === plain(typed)) return code
    return undefined
  }

  save(code: DeviceCode): void {
    this.#byId.set(code.id, code)
    const [oldest] = this.#byId.keys()
    if (this.#byId.size > MOST && oldest !== undefined) this.#byId.delete(oldest)
  }
}

function plain(userCode: string): string {
  return userCode.replace(/[\s-]/g, '').toUpperCase()
}
