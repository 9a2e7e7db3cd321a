import type * as z from 'zod'
import type { credential, plainTypes } from '../../contract/schemas/credential.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantAndProvider, Sealed } from '../ports.ts'
import { type CredentialData, hiddenNames, toBase64 } from './data.ts'

export type PlainType = (typeof plainTypes)[number]

/** Sensitive data of an organization. Times are milliseconds since the epoch. */
export interface Credential {
  readonly orgId: string
  readonly id: string
  readonly name: string
  readonly type: PlainType
  /** What every member reads, and what only reveal hands out: sealed apart, so that reading opens no secret. */
  readonly shown: Sealed
  readonly hidden: Sealed
  /** Of the type `Default`: the names that are hidden. */
  readonly redactFields: readonly string[]
  /** Counts changes; the data is sealed with the version it was saved as. */
  readonly version: number
  readonly expiresAt?: number
  readonly createdAt: number
  readonly updatedAt: number
}

type View = z.input<typeof credential>

const expiry = ({ expiresAt }: { readonly expiresAt?: number | undefined }) =>
  expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }

/** The credential as the API shows it, with as much of its data as the caller may have. */
export const credentialView = (credential: Credential, data: CredentialData): View => ({
  id: credential.id,
  name: credential.name,
  organisationId: credential.orgId,
  type: credential.type,
  data: { ...data },
  ...expiry(credential),
  redactFields: [...hiddenNames(credential)],
})

/** The tokens of a grant as a credential of the type OAuth2Refresh: whose they are, and never what they are. */
export const connectionView = ({ grant, provider }: GrantAndProvider): View => ({
  id: grant.credentialId,
  name: grant.name ?? provider.name,
  organisationId: grant.orgId,
  type: 'OAuth2Refresh',
  data: Object.fromEntries(Object.entries(accountOf(grant)).map(([name, text]) => [name, toBase64(text)])),
  ...expiry(grant),
  redactFields: ['accessToken', 'refreshToken'],
})

const accountOf = (grant: Grant) => ({
  authorizedProviderId: grant.id,
  providerId: grant.providerId,
  clientId: grant.clientId,
  accountId: grant.sub,
  scopes: grant.grantedScopes.join(' '),
})
