import { join } from 'node:path'
import type { DataFolder } from '../data-folder.ts'
import { startKms } from '../kms/server.ts'
import { startDynoxide } from './dynoxide.ts'
import { startFauxqs } from './fauxqs.ts'
import { ensureLocalKeys, ensureRemoteKeys, type KeyIds } from './keys.ts'
import { loopbackEndpoint, mustAnswer } from './loopback.ts'

/** Endpoints of the services on this machine. */
export interface Endpoints {
  readonly dynamodb: string
  readonly sqs: string
  readonly kms: string
}

/** The running data services. */
export interface Services {
  readonly endpoints: Endpoints
  readonly keyIds: KeyIds
  /** Ends those that were started here. */
  close(): Promise<void>
}

/** What the services are started with. */
export interface ServicesOptions {
  readonly folder: DataFolder
  readonly region: string
  readonly accountId: string
  readonly stackName: string
  /** Logical ids of the stack's KMS keys. */
  readonly keys: readonly string[]
  /** Services that run already, instead of the embedded ones. */
  readonly given: { readonly [Name in keyof Endpoints]?: string | undefined }
  /** Told in one line when a service ends by itself. */
  readonly onExit: (reason: string) => void
}

/** Starts DynamoDB, SQS and KMS, each unless its endpoint is given. When one fails, those begun are ended. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { folder, region, accountId, stackName, keys, given, onExit } = options
  const endpoint = await givenEndpoints(given)
  await using started = new AsyncDisposableStack()
  const begin = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> =>
    started.adopt(await starting, (service) => service.close())

  const dynamodb = endpoint.dynamodb ?? (await begin(startDynoxide(folder, onExit))).endpoint
  const sqs = endpoint.sqs ?? (await begin(startFauxqs(join(folder.path, 'sqs'), region))).endpoint
  let kms = endpoint.kms
  let keyIds: KeyIds
  if (kms) {
    keyIds = await ensureRemoteKeys(kms, region, folder, keys)
  } else {
    const localKms = await begin(startKms({ file: join(folder.path, 'kms.json'), region, accountId }))
    kms = localKms.endpoint
    keyIds = ensureLocalKeys(localKms, stackName, keys)
  }
  const running = started.move()
  return { endpoints: { dynamodb, sqs, kms }, keyIds, close: () => running.disposeAsync() }
}

/** The given endpoints, each on this machine and alive. */
async function givenEndpoints(given: ServicesOptions['given']): Promise<Partial<Endpoints>> {
  const names = [
    ['dynamodb', 'DYNAMODB_ENDPOINT'],
    ['sqs', 'SQS_ENDPOINT'],
    ['kms', 'KMS_ENDPOINT'],
  ] as const
  const endpoints: Partial<Record<keyof Endpoints, string>> = {}
  for (const [name, variable] of names) {
    const endpoint = given[name]
    if (endpoint !== undefined) endpoints[name] = loopbackEndpoint(variable, endpoint)
  }
  // Only now, so that nothing is asked when one of them is refused.
  for (const [name, variable] of names) {
    const endpoint = endpoints[name]
    if (endpoint !== undefined) await mustAnswer(variable, endpoint)
  }
  return endpoints
}
