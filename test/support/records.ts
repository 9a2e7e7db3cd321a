import { randomBytes } from 'node:crypto'
import type { CodeFlow, DeviceFlow } from '../../lib/domain/connect/flow.ts'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import { newId } from '../../lib/domain/ids.ts'
import type { Chunk, Job } from '../../lib/domain/jobs/job.ts'
import type { Provider, ProviderSettings } from '../../lib/domain/providers/provider.ts'

/** Bytes that stand for something sealed. */
export const sealed = (): Uint8Array => new Uint8Array(randomBytes(48))

/** How a plain OAuth 2.0 server is talked to. */
export const settings: ProviderSettings = {
  authorizationUrl: 'https://upstream.example/authorize',
  tokenUrl: 'https://upstream.example/token',
  authMethod: 'client_secret_post',
  pkce: true,
  scopeSeparator: ' ',
  bodyFormat: 'form',
  userInfoMethod: 'GET',
  rotation: 'replace',
  revocationStyle: 'rfc7009',
  revocationScope: 'userAndApp',
}

/** A provider of the organization `acme`, as stored. */
export const aProviderRow = (changes: Partial<Provider> = {}): Provider => {
  const id = changes.id ?? newId()
  return {
    orgId: 'acme',
    id,
    type: 'oauth2',
    name: 'Demo',
    slug: `demo-${id.slice(-12)}`,
    clientId: 'client-1',
    secretId: newId(),
    secretVersion: 1,
    scopes: ['profile'],
    redirectUris: [],
    skipConsent: false,
    shared: false,
    programmaticConnect: false,
    settings,
    state: 'active',
    createdAt: 1_790_000_000_000,
    updatedAt: 1_790_000_000_000,
    ...changes,
  }
}

/** A grant of the user `grace` at a provider, good for an hour, as stored. */
export const aGrantRow = (provider: Provider, changes: Partial<Grant> = {}): Grant => {
  const now = Date.now()
  return {
    orgId: provider.orgId,
    id: newId(),
    userId: 'grace',
    providerId: provider.id,
    clientId: provider.clientId,
    credentialId: newId(),
    sub: `account-${randomBytes(4).toString('hex')}`,
    requestedScopes: ['profile'],
    grantedScopes: ['profile'],
    generation: 1,
    tokenVersion: 1,
    accessToken: sealed(),
    refreshToken: sealed(),
    obtainedAt: now,
    accessTokenExpiresAt: now + 3_600_000,
    failures: 0,
    refreshCount: 0,
    refreshFailureCount: 0,
    createdAt: now,
    updatedAt: now,
    ...changes,
  }
}

/** A flow that `grace` has begun at a provider. */
export const aFlowRow = (provider: Provider, changes: Partial<CodeFlow> = {}): CodeFlow => ({
  key: randomBytes(32).toString('base64url'),
  orgId: provider.orgId,
  userId: 'grace',
  providerId: provider.id,
  clientId: provider.clientId,
  redirectUri: 'https://app.example/callback',
  scopes: ['profile'],
  secrets: sealed(),
  expiresAt: Date.now() + 600_000,
  ...changes,
})

/** A device flow that `grace` has begun at a provider. */
export const aDeviceFlowRow = (provider: Provider, changes: Partial<DeviceFlow> = {}): DeviceFlow => {
  const { redirectUri: _, ...flow } = aFlowRow(provider)
  return { ...flow, intervalSeconds: 5, nextPollAt: Date.now(), ...changes }
}

/** A job that deletes a provider. */
export const aJobRow = (provider: Provider, changes: Partial<Job> = {}): Job => ({
  orgId: provider.orgId,
  id: newId(),
  type: 'DELETE_PROVIDER',
  name: `Delete provider ${provider.name}`,
  status: 'PENDING',
  providerId: provider.id,
  details: [],
  mark: '',
  createdAt: Date.now(),
  ...changes,
})

/** A chunk of a deletion, nothing done yet. */
export const aChunkRow = (job: Job, changes: Partial<Chunk> = {}): Chunk => ({
  orgId: job.orgId,
  jobId: job.id,
  id: newId(),
  grantIds: [],
  deleted: 0,
  revoked: 0,
  revocationFailed: 0,
  revocationUnsupported: 0,
  spared: 0,
  ...changes,
})
