import * as z from 'zod'

export const endpointName = z.enum(['authorization', 'device_authorization', 'token', 'revocation', 'userinfo'])

/** An endpoint whose requests are logged. */
export type EndpointName = z.infer<typeof endpointName>

const failure = z.strictObject({
  endpoint: endpointName.exclude(['authorization']),
  /** Requests that fail, from the next one on. */
  times: z.int().positive(),
  status: z.int().min(200).max(599),
  body: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** True refuses the request unread; false does the work (e.g. rotates) and spoils only the answer. */
  beforeWork: z.boolean(),
})

/** How the demo upstream behaves; what is not set stays as it is. */
export const behaviourSchema = z.strictObject({
  /** The token endpoint does its work first (e.g. rotates), then waits so long before it answers. */
  tokenDelayMs: z.int().nonnegative(),
  accessTokenSeconds: z.int().positive(),
  /** Whether refresh tokens are issued: always, never, or only when `offline_access` was granted. */
  refreshTokens: z.union([z.boolean(), z.literal('withOfflineAccess')]),
  /** What a revoked token takes with it: its own grant, or every grant of that account and client, as Google does. */
  revocation: z.enum(['token', 'userAndApp']),
  /** How long a device code is good, and how long a device must wait between two polls. */
  deviceCodeSeconds: z.int().positive(),
  deviceIntervalSeconds: z.int().positive(),
  failNext: z.array(failure),
  /** The next so many token requests do their work, then lose their connection instead of an answer. */
  dropAnswer: z.int().nonnegative(),
})

export type Behaviour = z.infer<typeof behaviourSchema>
export type Failure = z.infer<typeof failure>

/** A well-behaved, strict server. */
export function defaultBehaviour(): Behaviour {
  return {
    tokenDelayMs: 0,
    accessTokenSeconds: 3600,
    refreshTokens: true,
    revocation: 'token',
    deviceCodeSeconds: 600,
    deviceIntervalSeconds: 5,
    failNext: [],
    dropAnswer: 0,
  }
}

/** The failure that this request must meet, counted down; undefined when none is due. */
export function takeFailure(behaviour: Behaviour, endpoint: EndpointName): Failure | undefined {
  const due = behaviour.failNext.find((candidate) => candidate.endpoint === endpoint)
  if (!due) return undefined
  due.times -= 1
  if (due.times <= 0) behaviour.failNext = behaviour.failNext.filter((candidate) => candidate !== due)
  return due
}

/** Whether this answer must be dropped, counted down. */
export function takeDrop(behaviour: Behaviour): boolean {
  if (behaviour.dropAnswer <= 0) return false
  behaviour.dropAnswer -= 1
  return true
}
