import type { Grant } from '../../lib/domain/grants/grant.ts'
import type { ChunkMessage, JobMessage } from '../../lib/domain/ports.ts'
import type { LiveGrant } from '../../lib/local/oauth/upstream-control.ts'
import { aBackdoor, type Backdoor } from './backdoor.ts'
import type { Fault, FaultProxyCall } from './fault-proxy.ts'
import { anAdmin, type Caller, type Json } from './grantkeeper.ts'
import { type Workers, workersOf } from './jobs.ts'
import { keepGrants } from './many-grants.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from './proxied.ts'

/** A stack on which jobs are watched, and their workers called by hand where the queues are held. */
export interface JobLab {
  readonly grantkeeper: ProxiedGrantkeeper
  readonly backdoor: Backdoor
  readonly workers: Workers
  /** An admin of an organization of its own, a provider with a client of its own, and grants of it. */
  scene(options?: SceneOptions): Promise<Scene>
  /** Plans faults on the wire to SQS; what is held stays held. */
  planSqs(...faults: Fault[]): void
  close(): Promise<void>
}

export interface SceneOptions {
  readonly grants?: number
  readonly users?: number
  /** Fields of the provider that differ from the proxied one. */
  readonly provider?: Readonly<Record<string, unknown>>
}

export interface Scene {
  readonly orgId: string
  readonly admin: Caller
  readonly provider: Json
  readonly grants: readonly Grant[]
  /** The messages that SQS took of this organization's jobs, oldest first. */
  sent(): { readonly jobs: JobMessage[]; readonly chunks: ChunkMessage[] }
  /** The grants that live upstream. */
  live(): Promise<LiveGrant[]>
  /** The rows of the organization, by the first part of their keys, but for its data keys. */
  rows(): Promise<Record<string, Json[]>>
  /** Whether a call to a service, or to the provider, is made for this scene; KMS tells by its encryption context. */
  concerns(call: FaultProxyCall): boolean
}

let scenes = 0

/**
 * `held`: messages stay in the queues, so that only the test calls the workers. The stack is one of its own then, since
 * nobody can take back what a worker has asked a queue before.
 */
export const aJobLab = async ({ held = false } = {}): Promise<JobLab> => {
  const grantkeeper = await aProxiedGrantkeeper(held ? { environments: 4 } : {})
  const backdoor = aBackdoor(grantkeeper.stack, grantkeeper.direct)
  const sends: FaultProxyCall[] = []
  grantkeeper.proxies.sqs.onCall((call) => {
    if (call.operation === 'SendMessageBatch') sends.push(call)
  })
  const planSqs = (...faults: Fault[]): void => {
    const hold: Fault = { match: isReceive, times: Number.POSITIVE_INFINITY, kind: 'hang', ms: 2_000 }
    grantkeeper.proxies.sqs.plan(held ? [...faults, hold] : faults)
  }
  planSqs()

  const scene = async ({ grants: count = 3, users = 2, provider: changed = {} }: SceneOptions = {}): Promise<Scene> => {
    scenes += 1
    const orgId = `org-${scenes}`
    const client = { clientId: `client-of-${orgId}`, clientSecret: 'a secret' }
    const { control } = grantkeeper.upstream
    const admin = await anAdmin(grantkeeper, { org: orgId })
    const answer = await admin.post('/providers/', { ...grantkeeper.proxiedProvider, ...client, ...changed })
    if (answer.status !== 201) throw new Error(`The provider was not registered: ${answer.text}`)
    await control.registerClient({ ...client, redirectUris: [answer.body.callbackUrl] })
    const issued = count === 0 ? [] : await control.issueGrants({ count, clientId: client.clientId })
    const grants = await keepGrants(backdoor, answer.body, issued, { users })
    const tokens = new Set(issued.flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken]))
    return {
      orgId,
      admin,
      provider: answer.body,
      grants,
      sent: () => sentBy(sends, orgId),
      live: async () => (await control.liveGrants()).filter(({ clientId }) => clientId === client.clientId),
      rows: async () =>
        byKind(
          (await backdoor.rows()).filter(
            (row) => JSON.stringify(row).includes(`"${orgId}"`) || row.pk.includes(`#${orgId}`),
          ),
        ),
      concerns: ({ service, body }) =>
        service === 'upstream' ? tokens.has((body as Json)?.token) : mentions(JSON.stringify(body), orgId),
    }
  }

  return {
    grantkeeper,
    backdoor,
    workers: workersOf(grantkeeper.stack, backdoor),
    scene,
    planSqs,
    close: async () => {
      backdoor.close()
      await grantkeeper.close()
    },
  }
}

const isReceive = ({ operation }: FaultProxyCall): boolean => operation === 'ReceiveMessage'

const mentions = (text = '', orgId: string): boolean => new RegExp(`[^\\w-]${orgId}[^\\w-]`).test(text)

/** What SQS has not taken was never sent. */
const sentBy = (sends: readonly FaultProxyCall[], orgId: string) => {
  const taken = sends.filter(({ fault }) => !['error', 'throttle', 'hang'].includes(fault ?? ''))
  const messages: Json[] = taken
    .flatMap(({ body }) => (body as Json).Entries.map(({ MessageBody }: Json) => JSON.parse(MessageBody)))
    .filter((message) => message.orgId === orgId)
  return { jobs: messages.filter(({ chunkId }) => !chunkId), chunks: messages.filter(({ chunkId }) => chunkId) }
}

const byKind = (rows: Json[]): Record<string, Json[]> => {
  const kinds = Object.groupBy(rows, ({ pk }) => String(pk).split('#')[0] ?? '')
  delete kinds.DATAKEY
  return kinds as Record<string, Json[]>
}
