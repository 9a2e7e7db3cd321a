import { DecryptCommand, GenerateDataKeyCommand, type KMSClient, ReEncryptCommand } from '@aws-sdk/client-kms'
import { APPLICATION } from '../contract/grant.ts'
import { component } from '../domain/component.ts'
import { deadlineSignal } from '../domain/deadline.ts'
import type { KeyWrapper, WrapContext } from './data-keys.ts'

/** What CloudTrail shows in clear: ids only. The functions' roles are held to `app` and `kind` by IAM conditions. */
const encryptionContext = ({ orgId, kind, number }: WrapContext) => ({
  app: APPLICATION,
  kind,
  org: component(orgId),
  number: String(number),
})

/**
 * Wraps data keys by one KMS key. What one of the previous keys has wrapped, by their ARNs, opens as well, and is wrapped
 * anew by `rewrap`.
 */
export const kmsWrapper = (client: KMSClient, keyId: string, previousKeyArns: readonly string[] = []): KeyWrapper => {
  const options = () => {
    const abortSignal = deadlineSignal()
    return abortSignal ? { abortSignal } : {}
  }
  /** A key is always named, so that a blob wrapped by any other is refused; never one that only the table names. */
  const keyOf = (kmsKeyArn: string): string => (previousKeyArns.includes(kmsKeyArn) ? kmsKeyArn : keyId)

  return {
    generate: async (context) => {
      const { Plaintext, CiphertextBlob, KeyId } = await client.send(
        new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: encryptionContext(context) }),
        options(),
      )
      if (!Plaintext || !CiphertextBlob || !KeyId) throw new Error('KMS gave no data key')
      return { key: Plaintext, wrapped: CiphertextBlob, kmsKeyArn: KeyId }
    },
    unwrap: async (context, { wrapped, kmsKeyArn }) => {
      const { Plaintext } = await client.send(
        new DecryptCommand({
          KeyId: keyOf(kmsKeyArn),
          CiphertextBlob: wrapped,
          EncryptionContext: encryptionContext(context),
        }),
        options(),
      )
      if (!Plaintext) throw new Error('KMS gave no data key')
      return Plaintext
    },
    rewrap: async (context, { wrapped, kmsKeyArn }) => {
      if (!previousKeyArns.includes(kmsKeyArn)) return undefined
      const { CiphertextBlob, KeyId } = await client.send(
        new ReEncryptCommand({
          SourceKeyId: kmsKeyArn,
          SourceEncryptionContext: encryptionContext(context),
          DestinationKeyId: keyId,
          DestinationEncryptionContext: encryptionContext(context),
          CiphertextBlob: wrapped,
        }),
        options(),
      )
      if (!CiphertextBlob || !KeyId) throw new Error('KMS did not wrap the data key anew')
      return { wrapped: CiphertextBlob, kmsKeyArn: KeyId }
    },
  }
}
