import type { Provider, ProviderSettings } from './providers/provider.ts'

/** What a token endpoint gave. */
export interface TokenSet {
  readonly accessToken: string
  readonly refreshToken?: string
  /** Seconds; 0 or less means expired; absent means that no end is known. */
  readonly expiresInSeconds?: number
  readonly refreshExpiresInSeconds?: number
  readonly scopes?: readonly string[]
  /** Of a validated ID token. */
  readonly sub?: string
  /** The token answer without its tokens, for providers that tell the account there. */
  readonly extra: Readonly<Record<string, unknown>>
}

export interface Profile {
  readonly sub: string
  readonly email: string
  readonly name?: string
  readonly givenName?: string
  readonly familyName?: string
  readonly nickName?: string
  readonly picture?: string
  readonly locale?: string
  readonly description?: string
  readonly raw: Readonly<Record<string, unknown>>
}

/** A provider with its client secret in clear, for one call. */
export interface Client {
  readonly provider: Provider
  readonly clientSecret: string
}

export interface OAuth {
  /** Reads an issuer's metadata. Throws `UpstreamFailure`. */
  discover(
    issuer: string,
  ): Promise<
    Pick<ProviderSettings, 'authorizationUrl' | 'tokenUrl' | 'issuer'> &
      Partial<ProviderSettings> & { scopesSupported?: readonly string[] }
  >
  authorizationUrl(provider: Provider, request: AuthorizationRequest): string
  /** RFC 6749 section 4.1.3. Throws `UpstreamFailure`. */
  exchangeCode(client: Client, exchange: CodeExchange): Promise<TokenSet>
  /** RFC 6749 section 6. Throws `UpstreamFailure`. */
  refresh(client: Client, refreshToken: string): Promise<TokenSet>
  /** Throws `UpstreamFailure`. */
  profile(provider: Provider, tokens: Pick<TokenSet, 'accessToken' | 'extra'>): Promise<Profile>
  /** RFC 7009, or the provider's own way. Throws `UpstreamFailure`. */
  revoke(client: Client, tokens: { accessToken: string; refreshToken?: string }): Promise<void>
}

export interface AuthorizationRequest {
  readonly redirectUri: string
  readonly state: string
  readonly scopes: readonly string[]
  readonly codeVerifier: string
  readonly nonce?: string
  readonly forceConsent: boolean
}

export interface CodeExchange {
  readonly code: string
  readonly redirectUri: string
  readonly codeVerifier: string
  readonly nonce?: string
}
