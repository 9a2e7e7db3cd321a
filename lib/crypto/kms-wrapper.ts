import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms'
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

/** Wraps data keys by one KMS key. */
export const kmsWrapper = (client: KMSClient, keyId: string): KeyWrapper => {
  const options = () => {
    const abortSignal = deadlineSignal()
    return abortSignal ? { abortSignal } : {}
  }
  return {
    generate: async (context) => {
      const { Plaintext, CiphertextBlob } = await client.send(
        new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: encryptionContext(context) }),
        options(),
      )
      if (!Plaintext || !CiphertextBlob) throw new Error('KMS gave no data key')
      return { key: Plaintext, wrapped: CiphertextBlob }
    },
    unwrap: async (context, wrapped) => {
      const { Plaintext } = await client.send(
        // The key is named, so that a blob wrapped by any other key is refused.
        new DecryptCommand({ KeyId: keyId, CiphertextBlob: wrapped, EncryptionContext: encryptionContext(context) }),
        options(),
      )
      if (!Plaintext) throw new Error('KMS gave no data key')
      return Plaintext
    },
  }
}
