import type { Provider, ProviderSettings } from './providers/provider.ts'

/** What a token endpoint gave. */
export interface TokenSet {
  readonly accessToken: string
  readonly refreshToken?: string
  /** Seconds; 0: the answer said that it is over; absent: it said nothing. */
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
  /** The account's page for people. */
  readonly profileUrl?: string
  readonly raw: Readonly<Record<string, unknown>>
}

/** A provider with its client secret in clear, for one call. */
export interface Client {
  readonly provider: Provider
  readonly clientSecret: string
}

/** A provider with its client secret where that is at hand; only a few need it to tell who an account is. */
export interface PublicClient {
  readonly provider: Provider
  readonly clientSecret?: string
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
  /** How the provider takes an authorization request before anybody has signed in. Throws `UpstreamFailure`. */
  probeAuthorization(url: string): Promise<AuthorizationAnswer>
  /** RFC 6749 section 4.1.3. Throws `UpstreamFailure`. */
  exchangeCode(client: Client, exchange: CodeExchange): Promise<TokenSet>
  /** RFC 8628 section 3.1. Throws `UpstreamFailure`, `unsupported` where there is no device flow. */
  startDevice(client: Client, scopes: readonly string[]): Promise<DeviceAuthorization>
  /**
   * RFC 8628 section 3.4, one poll. Throws `UpstreamFailure`: `pending` while the user has not decided, `grantDead`
   * (`access_denied`, `expired_token`) when it is over.
   */
  exchangeDeviceCode(client: Client, deviceCode: string): Promise<TokenSet>
  /** RFC 6749 section 6. `scopes` are those of the consent. Throws `UpstreamFailure`. */
  refresh(client: Client, refreshToken: string, scopes: readonly string[]): Promise<TokenSet>
  /** Who the account is. Throws `UpstreamFailure`. */
  profile(client: PublicClient, tokens: Pick<TokenSet, 'accessToken' | 'extra'>): Promise<Profile>
  /**
   * RFC 7009, or the provider's own way. `whole` ends everything of the user with this client, where the provider can be
   * asked for either. Throws `UpstreamFailure`.
   */
  revoke(client: Client, tokens: RevocableTokens, whole: boolean): Promise<void>
  /** Where the account has installed the app; undefined for a provider, or an app, without installations. Never throws. */
  installations(provider: Provider, accessToken: string): Promise<readonly Installation[] | undefined>
}

/** An account that an app is installed for; texts are empty where the provider says nothing. */
export interface Installation {
  /** As the provider wrote it. */
  readonly id: unknown
  readonly account: {
    readonly id: unknown
    readonly login: string
    readonly name: string
    readonly picture: string
    readonly profileUrl: string
  }
  /** Where people change it. */
  readonly settingsUrl: string
}

export interface RevocableTokens {
  readonly accessToken: string
  /** Whether its time is over: some providers revoke by a living access token only. */
  readonly accessTokenExpired?: boolean
  readonly refreshToken?: string
}

export interface AuthorizationRequest {
  readonly redirectUri: string
  readonly state: string
  readonly scopes: readonly string[]
  readonly codeVerifier: string
  readonly nonce?: string
  readonly forceConsent: boolean
  /** OpenID Connect Core section 5.5, as JSON. */
  readonly claims?: string
}

/** What can be told of an authorization request that nobody has signed in for. */
export interface AuthorizationAnswer {
  readonly refused: boolean
  /** What is wrong, as far as the provider says. */
  readonly about?: 'clientId' | 'callbackUrl' | 'scopes' | 'pkce'
  /** The refusal was sent to the redirect URI, which the provider therefore knows. */
  readonly atRedirectUri?: boolean
}

export interface CodeExchange {
  readonly code: string
  readonly redirectUri: string
  readonly codeVerifier: string
  readonly nonce?: string
}

/** RFC 8628 section 3.2. */
export interface DeviceAuthorization {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete?: string
  readonly expiresInSeconds?: number
  readonly intervalSeconds?: number
}

/** What is known of named providers. */
export interface Catalogue {
  /**
   * The settings of a named type at that place, and the scopes that are asked for unless the admin says otherwise.
   * Throws `invalidRequest` (`type`, `metadata.host`, `metadata.tenant`).
   */
  describe(provider: Pick<Provider, 'type' | 'clientId'> & { readonly metadata?: Provider['metadata'] | undefined }): {
    readonly settings: ProviderSettings
    readonly scopes: readonly string[]
  }
}
