import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { type LocalKms, startKms } from '../../../lib/local/kms/server.ts'

/** How the ARNs of the default region and account begin. */
export const ARN_PREFIX = 'arn:aws:kms:us-east-1:000000000000:'

/** What the tests encrypt, and with which context. */
export const plaintext = Buffer.from('a data key, say')
export const context = { app: 'grantkeeper', org: 'acme' }

/** A local KMS with a folder of its own, the real SDK's client to it, and the calls that most tests make. */
export interface TestKms {
  readonly kms: LocalKms
  readonly client: KMSClient
  readonly file: string
  /** Makes a key; gives its id. */
  aKey(): Promise<string>
  /** Encrypts `plaintext`. */
  aBlob(keyId: string, encryptionContext?: Record<string, string>): Promise<Uint8Array>
  /** Decrypts a blob; gives the plaintext. */
  decrypted(blob: Uint8Array | undefined, encryptionContext?: Record<string, string>): Promise<Buffer>
  /** Ends the server and starts another one on the same file. */
  restarted(): Promise<TestKms>
  /** Ends the server and removes the folder. */
  remove(): Promise<void>
}

/** Starts a local KMS for tests. */
export async function aKms(): Promise<TestKms> {
  return onFile(join(await mkdtemp(join(tmpdir(), 'kms-')), 'state', 'keys.json'))
}

async function onFile(file: string): Promise<TestKms> {
  const kms = await startKms({ file })
  const client = new KMSClient({
    endpoint: kms.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
  const stop = async () => {
    client.destroy()
    await kms.close()
  }
  return {
    kms,
    client,
    file,
    async aKey() {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
      return KeyMetadata?.KeyId ?? ''
    },
    async aBlob(KeyId, EncryptionContext = context) {
      const answer = await client.send(new EncryptCommand({ KeyId, Plaintext: plaintext, EncryptionContext }))
      return answer.CiphertextBlob ?? new Uint8Array()
    },
    async decrypted(CiphertextBlob, EncryptionContext = context) {
      const { Plaintext = [] } = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))
      return Buffer.from(Plaintext)
    },
    async restarted() {
      await stop()
      return onFile(file)
    },
    async remove() {
      await stop()
      await rm(join(file, '..', '..'), { recursive: true })
    },
  }
}
