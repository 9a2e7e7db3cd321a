import * as z from 'zod'
import { time } from './fields.ts'
import { provider } from './provider.ts'

export const grantStatus = z.enum(['active', 'expired', 'invalidOAuthClient', 'invalidProviderState'])

/** A grant: one upstream account of one user, as the seed calls it an authorized provider. */
export const authorizedProvider = z
  .object({
    id: z.string(),
    orgId: z.string(),
    userId: z.string(),
    status: grantStatus,
    statusReason: z.string().optional().describe('Why the status is not `active`.'),
    oauthClientId: z.string().describe("The provider's client id at consent."),
    credentialId: z.string().describe('The opaque id of the sealed tokens.'),
    accountId: z.string().describe('The `sub` of the upstream account.'),
    scopes: z.array(z.string()).describe('As granted.'),
    requestedScopes: z.array(z.string()).describe('As asked for at the last consent.'),
    grantedScopes: z.array(z.string()).describe('The same as `scopes`.'),
    missingScopes: z
      .array(z.string())
      .describe('What was asked for and not granted; other names, and what wider scopes imply, counted in.'),
    refreshTokenExpiresAt: time.optional(),
    provider,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'AuthorizedProvider' })

export const accessToken = z
  .object({
    accessToken: z.string(),
    expiresAt: time.optional().describe('Absent for a token that does not expire.'),
    authorizedOauthProvider: authorizedProvider,
  })
  .meta({ id: 'GetAccessTokenResponse' })

/** The profile of an upstream account. `sub` and `email` are always strings; `email` is empty when hidden. */
export const userInfo = z
  .object({
    sub: z.string(),
    email: z.string(),
    name: z.string().optional(),
    givenName: z.string().optional(),
    familyName: z.string().optional(),
    nickName: z.string().optional(),
    nickname: z.string().optional(),
    picture: z.string().optional(),
    locale: z.string().optional(),
    description: z.string().optional(),
    profileUrl: z.string().optional().describe("The account's page for people."),
    raw: z.record(z.string(), z.unknown()).describe("The provider's answer, tokens stripped."),
  })
  .meta({ id: 'OAuthUser' })
