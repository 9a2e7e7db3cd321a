import type { Answer, Call } from './message.ts'
import type { IdOf, Person } from './person.ts'
import type { PlayedProvider } from './played-provider.ts'
import type { Quirks } from './quirks.ts'
import type { TextForm } from './random-text.ts'
import type { ClientRecord, GrantRecord } from './records.ts'
import type { RedirectRule } from './redirect-uris.ts'
import type { RefusalReason, RefusalTable } from './refusals.ts'
import type { Route } from './routes.ts'

/** The members of a JSON object. */
export type Members = Readonly<Record<string, unknown>>

/** What is known of a provider. Everything that tells one from another is here; the engine asks for no type. */
export interface ProviderFacts {
  readonly type: PlayedProvider
  /** As its pages name it. */
  readonly name: string
  readonly routes: readonly Route[]
  /** Its real values, where they are not the plain ones. */
  readonly quirks: Partial<Quirks>
  /**
   * The world that a host belongs to, by a name that no other provider uses; the type unless told. Apps are known in all
   * worlds of a provider, codes and tokens in their own alone.
   */
  readonly instance?: (host: string) => string
  /** The issuer that a host names on the callback (RFC 9207); undefined where it names none. */
  readonly issuer?: (host: string) => string | undefined
  readonly authorization: AuthorizationFacts
  readonly scopes: ScopeFacts
  readonly tokens: TokenFacts
  readonly revocation?: RevocationFacts
  readonly device?: DeviceFacts
  readonly api: ApiFacts
  /** The user whom the fixtures show. */
  readonly owner: Person
  readonly idOf: IdOf
  /** Other products of this provider, with their own routes and ways and the same apps and quirks. */
  readonly editions?: readonly ProviderFacts[]
}

/** How it answers authorization requests. */
export interface AuthorizationFacts {
  /** Parameters that must be there, with this value where one is given. */
  readonly required: Readonly<Record<string, string | undefined>>
  /** Where a refused request ends: on a page, or at the client as in RFC 6749 section 4.1.2.1. */
  readonly errors: 'page' | 'redirect'
  /** Absent: a challenge is ignored. */
  readonly pkce?: { readonly methods: readonly ('S256' | 'plain')[]; readonly required?: boolean }
  readonly redirectUri: RedirectRule
  /** Whether the consent page is shown to a user who has, or has not, granted all that before; else the error. */
  readonly consent: (query: URLSearchParams, granted: boolean) => 'show' | 'skip' | { readonly error: string }
  /** A reason why this client may not ask here, as an error code. */
  readonly refuseClient?: (client: ClientRecord) => string | undefined
}

/** What it makes of the scopes that an app asks for. */
export interface ScopeFacts {
  /** The app has these, whatever it asks for; undefined for one that asks. */
  readonly fixed?: (client: ClientRecord) => readonly string[] | undefined
  /** The query parameters that carry scopes; `scope` unless told. */
  readonly parameters?: readonly string[]
  readonly separator: ' ' | ','
  readonly known: readonly (string | RegExp)[]
  /** What happens to an unknown one. */
  readonly unknown: 'refuse' | 'ignore'
  /** Granted when none is asked for; refused where it is absent. */
  readonly byDefault?: readonly string[]
  /** Granted with any other. */
  readonly implied?: readonly string[]
  /** Why these may not be asked for together or at all. */
  readonly problem?: (scopes: readonly string[]) => string | undefined
  /** The name under which a scope is granted, e.g. Google's long one. */
  readonly longName?: (scope: string, host: string) => string
  /** Granted, but not named in the answer. */
  readonly unlisted?: readonly string[]
}

/** The tokens of one holder, of which a grant may have several. */
export interface TokenSet {
  readonly label: string
  readonly scopes: readonly string[]
}

/** A token answer in the making. */
export interface Issue extends TokenSet {
  readonly client: ClientRecord
  readonly grant: GrantRecord
  readonly person: Person
  readonly host: string
  readonly grantType: string
  /** Seconds. */
  readonly now: number
  /** The standard answers for the other sets of the grant. */
  readonly others: readonly Members[]
  /** An RS256 JWT with these claims besides `iat` and `exp`. */
  idToken(claims: Members): string
}

/** How it answers token requests. */
export interface TokenFacts {
  readonly clientAuth: readonly ('basic' | 'post')[]
  readonly bodies: readonly ('form' | 'json')[]
  readonly tokenType: string
  /** How its secrets look. */
  readonly forms: {
    readonly code: TextForm
    readonly access: (client: ClientRecord, label: string) => TextForm
    readonly refresh: (client: ClientRecord) => TextForm
  }
  readonly givesRefreshToken: (grant: GrantRecord, client: ClientRecord) => boolean
  /** Whether the access tokens of a grant expire; yes unless told. */
  readonly expires?: (grant: GrantRecord, client: ClientRecord) => boolean
  /** How long a refresh token lives unused; for ever unless told. */
  readonly refreshTokenSeconds?: number
  /** How long a grant lives at most, however often it is refreshed. */
  readonly grantSeconds?: number
  /** The refresh answer names the refresh token also where it stays the same. */
  readonly repeatsRefreshToken?: boolean
  /** So many live tokens per user and app; a further one ends the oldest. */
  readonly most?: { readonly kind: 'access' | 'refresh'; readonly count: number; readonly sameScopes?: boolean }
  /** The token sets that an authorization gives; one with everything unless told. */
  readonly sets?: (grant: GrantRecord) => readonly TokenSet[]
  /** Makes the provider's own answer of the standard one. */
  readonly answer?: (standard: Members, issue: Issue) => Members
  readonly refusals: RefusalTable
  /** Makes the provider's own error body of the standard one. */
  readonly errorBody?: (standard: Members, reason: RefusalReason) => Members
}

/** Its revocation endpoint, where that is one as in RFC 7009. */
export interface RevocationFacts {
  /** Who asks: the client with its credentials, or nobody in particular. */
  readonly by: 'client' | 'anyone'
  readonly bodies: readonly ('form' | 'json')[]
  readonly done: Answer
  /** How a token that is not known is answered; as done unless told (RFC 7009 section 2.2). */
  readonly unknown?: RefusalReason
}

/** Its device flow (RFC 8628). */
export interface DeviceFacts {
  readonly seconds: number
  readonly intervalSeconds: number
  readonly forms: { readonly deviceCode: TextForm; readonly userCode: () => string }
  /** Where a person enters the code: a path of the same instance. */
  readonly page: (host: string) => { readonly host: string; readonly path: string }
  /** Has `verification_uri_complete`. */
  readonly complete: boolean
  /** Whether the secret must, may or must not be sent when polling. */
  readonly secret: 'required' | 'optional' | 'refused'
  /** Members of the first answer besides. */
  readonly members?: Members
  /** Whether an app may use it unless told otherwise when it is registered. */
  readonly byDefault: boolean
  /** Whether `slow_down` names the new interval. */
  readonly namesInterval: boolean
}

/** How its API refuses a request. */
export interface ApiFacts {
  /** No token, or none that is good. */
  readonly unauthorized: Answer
  readonly forbidden: (needed: readonly string[]) => Answer
  /** What is wrong with a request before its token is looked at, e.g. a missing header. */
  readonly guard?: (call: Call) => Answer | undefined
}
