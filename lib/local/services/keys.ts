import { createHash } from 'node:crypto'
import { CreateKeyCommand, DescribeKeyCommand, KMSClient, NotFoundException } from '@aws-sdk/client-kms'
import type { DataFolder } from '../data-folder.ts'
import type { LocalKms } from '../kms/server.ts'
import { clientConfig } from './client-config.ts'

/** KMS key ids by the logical id of their resource, the same after every restart. */
export type KeyIds = ReadonlyMap<string, string>

/** Makes the keys in the local KMS. */
export function ensureLocalKeys(kms: LocalKms, stackName: string, logicalIds: readonly string[]): KeyIds {
  return new Map(
    logicalIds.map((logicalId) => {
      const digest = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex')
      const keyId = digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5')
      kms.ensureKey(keyId)
      return [logicalId, keyId]
    }),
  )
}

/** Makes the keys in a KMS that chooses the ids itself; they are remembered in the data folder. */
export async function ensureRemoteKeys(
  endpoint: string,
  region: string,
  folder: DataFolder,
  logicalIds: readonly string[],
): Promise<KeyIds> {
  const client = new KMSClient(clientConfig(endpoint, region))
  const keyIds = new Map<string, string>()
  for (const logicalId of logicalIds) {
    const name = `kms ${endpoint} ${logicalId}`
    const known = folder.recall(name)
    const keyId = known !== undefined && (await exists(client, known)) ? known : await create(client, logicalId)
    folder.remember(name, keyId)
    keyIds.set(logicalId, keyId)
  }
  client.destroy()
  return keyIds
}

async function exists(client: KMSClient, keyId: string): Promise<boolean> {
  try {
    await client.send(new DescribeKeyCommand({ KeyId: keyId }))
    return true
  } catch (error) {
    if (error instanceof NotFoundException) return false
    throw error
  }
}

async function create(client: KMSClient, logicalId: string): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: logicalId }))
  if (KeyMetadata?.KeyId === undefined) throw new Error(`KMS made no key for ${logicalId}`)
  return KeyMetadata.KeyId
}
