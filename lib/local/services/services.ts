import { join } from 'node:path'
import type { DataFolder } from '../data-folder.ts'
import { startKms } from '../kms/server.ts'
import { startDynoxide } from './dynoxide.ts'
import { startFauxqs } from './fauxqs.ts'
import { ensureLocalKeys, ensureRemoteKeys, type KeyIds } from './keys.ts'
import { loopbackEndpoint } from './loopback.ts'

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
  const endpoint = {
    dynamodb: given.dynamodb && loopbackEndpoint('DYNAMODB_ENDPOINT', given.dynamodb),
    sqs: given.sqs && loopbackEndpoint('SQS_ENDPOINT', given.sqs),
    kms: given.kms && loopbackEndpoint('KMS_ENDPOINT', given.kms),
  }
  await using started = new AsyncDisposableStack()
  const begin = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> =>
    started.adopt(await starting, (service) => service.close())

  const dynamodb = endpoint.dynamodb || (await begin(startDynoxide(folder, onExit))).endpoint
  const sqs = endpoint.sqs || (await begin(startFauxqs(join(folder.path, 'sqs'), region))).endpoint
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
