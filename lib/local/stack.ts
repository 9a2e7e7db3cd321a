import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { startFunctions } from './environments/functions.ts'
import { startEvents } from './events/events.ts'
import { functionEnvironment } from './function-environment.ts'
import { openGateway } from './gateway/gateway.ts'
import type { Iam } from './iam/authority.ts'
import { openGate } from './iam/gate.ts'
import { createJudge } from './iam/judge.ts'
import type { Functions } from './model.ts'
import { type Step, silently } from './progress.ts'
import { clientConfig } from './services/client-config.ts'
import { createQueues } from './services/queues.ts'
import { type Endpoints, startServices } from './services/services.ts'
import { createTables } from './services/tables.ts'
import { readAssembly } from './template/assembly.ts'
import { logicalIdsOf } from './template/resolved-template.ts'
import { readStack } from './template/stack-definition.ts'

/** What a local stack is started with. */
export interface LocalStackOptions {
  /** The folder of the synthesized stack (`cdk.out`). */
  readonly assembly: string
  /** Where rows, messages, keys and logs are kept; made if it is not there. One that is open already stays open. */
  readonly dataDir: string | DataFolder
  /** The port of the API on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** The template's parameters, or how they follow from the base URL of the API. */
  readonly parameters: Readonly<Record<string, string>> | ((baseUrl: string) => Readonly<Record<string, string>>)
  /** Where browsers reach the API besides its own address. */
  readonly publicBaseUrl?: string | undefined
  /** Told what is being done; nobody unless given. */
  readonly step?: Step
  /** Execution environments per function, at most. */
  readonly environments: number
  readonly environmentKind: 'thread' | 'process'
  /** Services of this machine to use instead of the embedded ones. */
  readonly endpoints?: { readonly [Name in keyof Endpoints]?: string | undefined }
  /** Environment of every function besides the template's. Wins over the template's. */
  readonly environment?: Readonly<Record<string, string>>
  /** Whether the rules of the template fire; yes unless told. */
  readonly schedules?: boolean
}

/** A synthesized stack that runs on this machine. */
export interface LocalStack {
  /** The base URL of the API, without a stage. */
  readonly url: string
  readonly tableNames: readonly string[]
  /** Of the services themselves, for whoever is no function of the stack. */
  readonly endpoints: Endpoints
  /** What the roles of the functions allow, and what was made use of. */
  readonly iam: Iam
  readonly outputs: Readonly<Record<string, string>>
  readonly functions: Functions
  /** The logical id of the one function whose handler is in this file, e.g. `workers/sweeper`; throws if it is not one. */
  functionId(handlerFile: string): string
  /** The URL of the one queue whose logical id begins so; throws if it is not one. */
  queueUrl(logicalIdPrefix: string): string
  /** Holds `<logicalId>.log` of each function that has run. */
  readonly logDir: string
  /** Resolves, with the reason in one line, when a data service ends by itself. */
  readonly failed: Promise<string>
  /** Ends everything, within five seconds. */
  close(): Promise<void>
}

const region = 'us-east-1'
/** The account of the embedded services. */
const accountId = '000000000000'

/**
 * Starts a synthesized stack on this machine. Requests are answered when everything is ready.
 * Throws one clear line when the port or the data folder is taken, or the template cannot be served; nothing runs then.
 */
export async function startStack(options: LocalStackOptions): Promise<LocalStack> {
  const { step = silently, publicBaseUrl } = options
  const assembly = readAssembly(options.assembly)
  const gateway = await openGateway({ port: options.port, publicBaseUrl })
  // What is started is ended in the reverse order, here on failure and later by close().
  await using started = new AsyncDisposableStack()
  const closeGateway = once(() => gateway.close())
  started.defer(closeGateway)

  const folder = typeof options.dataDir === 'string' ? openDataFolder(options.dataDir) : options.dataDir
  if (folder !== options.dataDir) started.defer(() => folder.close())

  const { promise: failed, resolve: onExit } = Promise.withResolvers<string>()
  const services = await step('DynamoDB, SQS and KMS', () =>
    startServices({
      folder,
      region,
      accountId,
      stackName: assembly.stackName,
      keys: logicalIdsOf(assembly, 'AWS::KMS::Key'),
      given: options.endpoints ?? {},
      onExit,
    }),
  )
  started.defer(() => services.close())
  const { endpoints, keyIds } = services
  const gate = started.adopt(await openGate(endpoints), (it) => it.close())

  const stack = readStack(assembly, {
    parameters: typeof options.parameters === 'function' ? options.parameters(gateway.url) : options.parameters,
    region,
    accountId,
    queueUrl: (queueName) => `${gate.endpoints.sqs}/${accountId}/${queueName}`,
    keyId: (logicalId) => keyIds.get(logicalId) ?? '',
  })
  const judge = createJudge(stack, { region, accountId }, (line) => console.error(line))
  gate.enforce(judge)
  const dynamodb = started.adopt(new DynamoDBClient(clientConfig(endpoints.dynamodb, region)), (it) => it.destroy())
  const sqs = started.adopt(new SQSClient(clientConfig(endpoints.sqs, region)), (it) => it.destroy())
  await step('Table and queues', async () => {
    await createTables(dynamodb, stack.tables, folder.path)
    await createQueues(sqs, stack.queues)
  })

  const logDir = join(folder.path, 'logs')
  const functions = startFunctions(
    stack.functions.map((definition) => ({
      ...definition,
      environment: functionEnvironment(definition, {
        region,
        endpoints: gate.endpoints,
        extra: options.environment ?? {},
      }),
    })),
    { environments: options.environments, kind: options.environmentKind, logDir },
  )
  started.defer(() => functions.close())

  gateway.serve(stack.api, functions)
  const events = startEvents({ ...stack, schedules: options.schedules === false ? [] : stack.schedules }, functions, {
    dynamodb,
    sqs,
  })
  started.defer(async () => {
    // Requests under way get a moment; the end of their environments answers the others.
    await Promise.all([events.stop(), Promise.race([closeGateway(), delay(1000, undefined, { ref: false })])])
  })

  const running = started.move()
  return {
    url: gateway.url,
    tableNames: stack.tables.map(({ name }) => name),
    endpoints,
    iam: judge.authority,
    outputs: stack.outputs,
    functions,
    functionId: (file) =>
      only(
        stack.functions.filter(({ handler }) => handler.startsWith(`${file}.`)),
        `function ${file}`,
      ).logicalId,
    queueUrl: (prefix) =>
      only(
        stack.queues.filter(({ logicalId }) => logicalId.startsWith(prefix)),
        `queue ${prefix}`,
      ).url,
    logDir,
    failed,
    close: once(() => running.disposeAsync()),
  }
}

function only<T>(found: readonly T[], what: string): T {
  const [first] = found
  if (first === undefined || found.length > 1) throw new Error(`the stack has ${found.length} of ${what}, not one`)
  return first
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined
  return () => {
    result ??= work()
    return result
  }
}
