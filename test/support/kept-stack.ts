import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { ASSEMBLY } from '../../lib/build/assembly.ts'
import { openDataFolder } from '../../lib/local/data-folder.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { type DemoUpstream, startDemoUpstream } from '../../lib/local/oauth/demo-upstream.ts'
import { startIdentityIssuer } from '../../lib/local/oauth/identity-issuer.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import type { Endpoints } from '../../lib/local/services/services.ts'
import { type LocalStack, startStack } from '../../lib/local/stack.ts'
import { type StandIn, startStandIn } from '../../lib/local/stand-in/stand-in.ts'
import { removeRows } from './table-rows.ts'
import { whenTheWorkerEnds } from './when-the-worker-ends.ts'

/** A stack that a worker's suites use one after the other, with execution environments that are warm. */
export interface KeptStack {
  /** The stack with providers that nobody has used yet; `close` of what comes gives it back, its rows and messages gone. */
  lend(): Promise<LocalGrantkeeper & { readonly dataDir: string }>
  readonly isLent: boolean
}

/** Rows that environments remember: another data key in its place would leave what they seal unreadable. */
const REMEMBERED = 'DATAKEY#'

/** Starts the stack of this worker; `endpoints` are what its functions use, `direct` is the same past any proxy. */
export const keepStack = async (
  endpoints: Partial<Endpoints> = {},
  direct?: Pick<Endpoints, 'dynamodb' | 'sqs'>,
): Promise<KeptStack> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'grantkeeper-kept-'))
  const folder = openDataFolder(dataDir)
  const identity = await startIdentityIssuer({ dataDir, port: 0 })
  let providers = await startProviders()
  const stack = await startStack({
    assembly: ASSEMBLY,
    dataDir: folder,
    port: 0,
    environments: 4,
    environmentKind: 'thread',
    schedules: false,
    endpoints,
    parameters: (baseUrl) => ({ Issuer: identity.issuer, Audience: identity.audience, PublicBaseUrl: baseUrl }),
    environment: {
      GRANTKEEPER_LOCAL: '1',
      AUDIT_FILE: join(dataDir, 'audit.log'),
      STAND_IN_URL: providers.standIn.url,
    },
  })
  whenTheWorkerEnds(async () => {
    await stack.close()
    await Promise.all([identity.close(), providers.close()])
    folder.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const { dynamodb, sqs } = direct ?? stack.endpoints
  let isLent = false
  return {
    get isLent() {
      return isLent
    },
    lend: async () => {
      isLent = true
      // Functions know the stand-in's address, so the next one is at the same.
      await providers.close()
      providers = await startProviders(providers)
      const giveBack = async (): Promise<void> => {
        for (const table of stack.tableNames) await removeRows(dynamodb, table, REMEMBERED)
        await purge(sqs, stack)
        const logs = readdirSync(stack.logDir).map((name) => join(stack.logDir, name))
        for (const file of [join(dataDir, 'audit.log'), ...logs]) if (existsSync(file)) truncateSync(file)
        isLent = false
      }
      const { upstream, standIn } = providers
      let given: Promise<void> | undefined
      const close = (): Promise<void> => {
        given ??= giveBack()
        return given
      }
      return { url: stack.url, stack, identity, upstream, standIn, dataDir, close }
    },
  }
}

interface Providers {
  readonly upstream: DemoUpstream
  readonly standIn: StandIn
  /** Their keys, by the folder of each: making them takes longer than all else. */
  readonly secrets: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Providers that nobody has used yet; in the place of those before, when told. */
const startProviders = async (before?: Providers): Promise<Providers> => {
  const folder = mkdtempSync(join(tmpdir(), 'grantkeeper-providers-'))
  const secretsOf = (name: string): string => join(folder, name, 'secrets.json')
  for (const [name, text] of Object.entries(before?.secrets ?? {})) {
    mkdirSync(join(folder, name), { mode: 0o700 })
    writeFileSync(secretsOf(name), text, { mode: 0o600 })
  }
  const port = before ? Number(new URL(before.standIn.url).port) : 0
  const standIn = await startStandIn({ dataDir: folder, port })
  const upstream = await startDemoUpstream({ dataDir: folder, port: 0 })
  return {
    upstream,
    standIn,
    secrets: Object.fromEntries(['upstream', 'stand-in'].map((name) => [name, readFileSync(secretsOf(name), 'utf8')])),
    close: async () => {
      await Promise.all([upstream.close(), standIn.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const purge = async (endpoint: string, stack: LocalStack): Promise<void> => {
  const client = new SQSClient(clientConfig(endpoint, 'us-east-1'))
  for (const name of ['GrantkeeperJobsQueue', 'GrantkeeperChunksQueue']) {
    await client.send(new PurgeQueueCommand({ QueueUrl: stack.queueUrl(name) }))
  }
  client.destroy()
}
