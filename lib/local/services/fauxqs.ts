import type { DatabaseSync } from 'node:sqlite'
import { buildApp } from 'fauxqs'
import { isOwnHost, misdirected } from '../own-server.ts'

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>
type SqsStore = Stores['sqsStore']
type Persistence = NonNullable<SqsStore['persistence']>

/** An SQS on this machine. */
export interface Fauxqs {
  readonly endpoint: string
  close(): Promise<void>
}

/** Starts SQS on 127.0.0.1 with its queues and messages in a folder. */
export async function startFauxqs(folder: string, region: string): Promise<Fauxqs> {
  // The package's own start function listens on all interfaces, so its parts are put together here.
  const { SqsStore } = await part<{ SqsStore: new () => SqsStore }>('sqs/sqsStore.js')
  const { SnsStore } = await part<{ SnsStore: new () => Stores['snsStore'] }>('sns/snsStore.js')
  const { S3Store } = await part<{ S3Store: new () => Stores['s3Store'] }>('s3/s3Store.js')
  const { PersistenceManager } = await part<{ PersistenceManager: new (folder: string) => Persistence }>(
    'persistence.js',
  )

  const stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() }
  const persistence = new PersistenceManager(folder)
  persistence.loadSqsAndSns(stores.sqsStore, stores.snsStore)
  keepReceiveCounts(persistence)
  stores.sqsStore.persistence = persistence
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence
  // Without a host, queue URLs carry the address they were asked for on.
  stores.sqsStore.host = ''

  const app = buildApp({ logger: false, defaultRegion: region, stores })
  app.addHook('onRequest', async (request, reply) => {
    if (isOwnHost(request.headers.host)) return
    await reply.code(misdirected.status).type('application/json').send(misdirected.body)
  })
  app.addHook('onClose', async () => persistence.close())
  return { endpoint: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() }
}

// A message made visible at once would be written back without its receive count, which the table refuses.
function keepReceiveCounts(persistence: Persistence): void {
  const { db } = persistence as unknown as { readonly db: DatabaseSync }
  const release = db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  )
  persistence.updateMessageReady = (messageId) => {
    release.run(messageId)
  }
}

function part<T>(file: string): Promise<T> {
  return import(new URL(file, import.meta.resolve('fauxqs')).href) as Promise<T>
}
