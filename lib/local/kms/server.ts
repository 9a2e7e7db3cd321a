import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OwnServer } from '../own-server.ts'
import { KmsError } from './errors.ts'
import { Input } from './input.ts'
import { KeyStore } from './key-store.ts'
import { Keyring } from './keyring.ts'
import { operations } from './operations.ts'

const MAX_BODY_BYTES = 1024 * 1024
const TARGET_PREFIX = 'TrentService.'
const CONTENT_TYPE = 'application/x-amz-json-1.1'

/** A running local KMS. */
export interface LocalKms {
  /** `http://127.0.0.1:<port>`, for the `endpoint` of a KMS client. */
  readonly endpoint: string
  /**
   * Makes the key if it is absent, and gives its ARN, which is the same after a restart.
   * Throws a `TypeError` for an id that is not 1 to 64 letters, digits and dashes.
   */
  ensureKey(keyId: string): string
  /** Ends all connections and frees the port. */
  close(): Promise<void>
}

/** Where the local KMS keeps its keys, and whom it pretends to be. */
export interface LocalKmsOptions {
  /** Made if absent, with mode 0600. For one process at a time. */
  readonly file: string
  /** `us-east-1` unless given. */
  readonly region?: string
  /** `000000000000` unless given. */
  readonly accountId?: string
  /** A free one unless given. */
  readonly port?: number
}

/**
 * Starts a KMS that speaks the protocol of AWS KMS on 127.0.0.1 and encrypts in earnest.
 * It is **local, not a security boundary**: keys lie unencrypted in a file, and signatures, key policies and grants
 * are not checked. Rejects when the file is not a key file or the port is taken.
 */
export async function startKms(options: LocalKmsOptions): Promise<LocalKms> {
  const store = new KeyStore(options.file)
  const keyring = new Keyring(store, options.region ?? 'us-east-1', options.accountId ?? '000000000000')
  const server = new OwnServer({}, undefined, (request, response) => void answer(keyring, request, response))
  // Longer than clients keep idle connections, so that none is cut while a request is on its way.
  server.keepAliveTimeout = 65_000
  server.requestTimeout = 10_000
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    ensureKey(keyId) {
      if (!/^[A-Za-z0-9-]{1,64}$/.test(keyId)) throw new TypeError(`Not a key id: ${keyId}`)
      return keyring.keyArn(store.keys.find(({ id }) => id === keyId) ?? keyring.create(keyId))
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(keyring: Keyring, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let status = 200
  let body = ''
  try {
    const input = await readBody(request)
    const output = operationOf(request)(keyring, new Input(input))
    if (output) body = JSON.stringify(output)
  } catch (error) {
    const refusal = error instanceof KmsError ? error : new KmsError('KMSInternalException', String(error))
    status = refusal.status
    body = JSON.stringify(refusal)
  }
  response
    .writeHead(status, {
      'content-type': CONTENT_TYPE,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-cache, no-store, must-revalidate, private',
      'x-amzn-requestid': randomUUID(),
    })
    .end(body)
}

function operationOf(request: IncomingMessage) {
  const { authorization, 'content-type': contentType, 'x-amz-target': target } = request.headers
  const name = String(target).startsWith(TARGET_PREFIX) ? String(target).slice(TARGET_PREFIX.length) : ''
  const operation = operations.get(name)
  // A browser asks before it sends this content type to another origin, and gets no permission.
  const spoken = request.method === 'POST' && request.url === '/' && contentType === CONTENT_TYPE
  if (!operation || !spoken) throw new KmsError('UnknownOperationException')
  if (!authorization) throw new KmsError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  return operation
}

/** Reads on past the limit, keeping nothing: a client that still sends would not see the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  if (length > MAX_BODY_BYTES) throw new KmsError('RequestEntityTooLargeException')
  return Buffer.concat(chunks)
}
