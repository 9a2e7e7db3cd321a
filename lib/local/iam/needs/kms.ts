import * as z from 'zod'
import type { KeyAccess } from '../../template/access.ts'
import type { Need } from '../statement.ts'
import { contextOf, type NeedsOf, read } from './input.ts'

const encryptionContext = z.record(z.string(), z.string()).default({})
const bodySchema = z.object({ KeyId: z.string().optional(), EncryptionContext: encryptionContext })
const reEncryptSchema = z.object({
  SourceKeyId: z.string().optional(),
  SourceEncryptionContext: encryptionContext,
  DestinationKeyId: z.string(),
  DestinationEncryptionContext: encryptionContext,
})

const ALIAS = /^alias\//

/** Operations on one key. What manages keys is not for functions. */
const onOneKey = ['Encrypt', 'Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'DescribeKey']

/** What a request to KMS needs: an action on a key, by whatever name it is called, under an encryption context. */
export function kmsNeeds(keys: readonly KeyAccess[], keyArn: (id: string) => string): NeedsOf {
  const arns = new Map(keys.flatMap(({ arn, names }) => [arn, ...names].map((name) => [name, arn])))

  const needs = (action: string, name: string | undefined, context: Readonly<Record<string, string>>): Need[] => {
    const contextKeys = Object.keys(context)
    const conditions = Object.fromEntries(contextKeys.map((key) => [`kms:EncryptionContext:${key}`, context[key]]))
    // A ciphertext names its key where only KMS can read it. Whoever leaves the key out must be allowed all of them.
    const resources =
      name === undefined
        ? keys.map(({ arn }) => arn)
        : [arns.get(name) ?? (name.startsWith('arn:') ? name : keyArn(name))]
    return resources.map((resource) => ({
      action: `kms:${action}`,
      resource,
      context: contextOf({
        ...conditions,
        'kms:EncryptionContextKeys': contextKeys,
        'kms:ResourceAliases': keys.find(({ arn }) => arn === resource)?.names.filter((each) => ALIAS.test(each)),
      }),
    }))
  }

  return (operation, body) => {
    if (onOneKey.includes(operation)) {
      const { KeyId, EncryptionContext } = read(bodySchema, body)
      return needs(operation, KeyId, EncryptionContext)
    }
    if (operation === 'ReEncrypt') {
      const request = read(reEncryptSchema, body)
      return [
        ...needs('ReEncryptFrom', request.SourceKeyId, request.SourceEncryptionContext),
        ...needs('ReEncryptTo', request.DestinationKeyId, request.DestinationEncryptionContext),
      ]
    }
    return undefined
  }
}
