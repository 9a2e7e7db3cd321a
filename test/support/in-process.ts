import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KMSClient } from '@aws-sdk/client-kms'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { dataKeys } from '../../lib/crypto/data-keys.ts'
import { kmsWrapper } from '../../lib/crypto/kms-wrapper.ts'
import { vault } from '../../lib/crypto/vault.ts'
import { withDeadline } from '../../lib/domain/deadline.ts'
import type { RefreshPorts } from '../../lib/domain/grants/refresh.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import type { LocalStack } from '../../lib/local/stack.ts'
import { catalogue } from '../../lib/oauth/catalogue/catalogue.ts'
import { oauth } from '../../lib/oauth/oauth.ts'
import { createOutbound } from '../../lib/oauth/outbound/outbound.ts'
import { clientOptions } from '../../lib/runtime/aws-clients.ts'
import { problemOf } from '../../lib/runtime/problem-of.ts'
import { dataKeyStore } from '../../lib/storage/data-key-store.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'

/**
 * What an execution environment has in its memory, without a thread of its own: the product's services with clients of
 * their own, which remember nothing yet. The calls go over the wire all the same.
 */
export interface InProcess {
  readonly ports: RefreshPorts
  /** The access key id of its calls. */
  readonly caller: string
  /** What a request comes to: the status of its answer, and what `work` gave. A killed one is answered as by the gateway. */
  run<Result>(work: () => Promise<Result>): Promise<{ readonly status: number; readonly result?: Result }>
  /** Whatever is under way is never answered. */
  kill(): void
  close(): void
}

/** As `endpoint()` gives a request. */
const REQUEST_MS = 27_000

let made = 0

export const inProcess = (
  { tableNames, outputs }: Pick<LocalStack, 'tableNames' | 'outputs'>,
  endpoints: { readonly dynamodb: string; readonly kms: string },
): InProcess => {
  const caller = `INPROCESS${made++}`
  const config = (endpoint: string) => ({
    ...clientConfig(endpoint, 'us-east-1'),
    ...clientOptions(endpoint),
    credentials: { accessKeyId: caller, secretAccessKey: 'any' },
  })
  const dynamodb = new DynamoDBClient(config(endpoints.dynamodb))
  const kms = new KMSClient(config(endpoints.kms))
  const marshallOptions = { removeUndefinedValues: true }
  const table = { client: DynamoDBDocumentClient.from(dynamodb, { marshallOptions }), name: tableNames[0] ?? '' }
  const named = catalogue()
  const settingsOf: Parameters<typeof grantStore>[1] = (row) => ({ ...named.describe(row).settings, ...row.overrides })
  const { promise: killed, resolve: kill } = Promise.withResolvers<'killed'>()
  return {
    caller,
    ports: {
      grants: grantStore(table, settingsOf),
      providers: providerStore(table, settingsOf),
      vault: vault(dataKeys(dataKeyStore(table), kmsWrapper(kms, outputs.KeyArn ?? ''), 900)),
      oauth: oauth(createOutbound({ loopback: true, internet: false, privateHosts: [] })),
      audit: { record: () => undefined },
    },
    run: async (work) => {
      const answered = withDeadline(REQUEST_MS, work).then(
        (result) => ({ status: 201, result }),
        (error: unknown) => ({ status: problemOf(error).status }),
      )
      const first = await Promise.race([answered, killed])
      return first === 'killed' ? { status: 502 } : first
    },
    kill: () => kill('killed'),
    close: () => {
      dynamodb.destroy()
      kms.destroy()
    },
  }
}
