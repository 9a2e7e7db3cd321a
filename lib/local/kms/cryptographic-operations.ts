import { randomBytes } from 'node:crypto'
import { decrypt, type EncryptionContext, encrypt, materialIdOf } from './ciphertext.ts'
import { KmsError } from './errors.ts'
import { type Input, invalid } from './input.ts'
import type { Keyring } from './keyring.ts'
import type { Operation } from './operation.ts'

const ALGORITHM = 'SYMMETRIC_DEFAULT'

/** What became of a piece of data under a key. */
interface Outcome {
  readonly bytes: Buffer
  readonly keyArn: string
  readonly materialId: string
}

/** Encrypt: 1 to 4,096 bytes under a key. */
export const encryptPlaintext: Operation = (keyring, input) => {
  refuseUnsupported(input, 'EncryptionAlgorithm')
  const plaintext = input.blob('Plaintext', 4096)
  const { bytes, keyArn } = seal(keyring, input.string('KeyId'), plaintext, input.context('EncryptionContext'))
  endDryRun(input)
  return { CiphertextBlob: bytes.toString('base64'), KeyId: keyArn, EncryptionAlgorithm: ALGORITHM }
}

/** Decrypt: the plaintext of a blob, under the key that the blob itself names. */
export const decryptBlob: Operation = (keyring, input) => {
  refuseUnsupported(input, 'EncryptionAlgorithm')
  const { bytes, keyArn, materialId } = open(keyring, input, 'KeyId', input.context('EncryptionContext'))
  endDryRun(input)
  return {
    Plaintext: bytes.toString('base64'),
    KeyId: keyArn,
    KeyMaterialId: materialId,
    EncryptionAlgorithm: ALGORITHM,
  }
}

/** ReEncrypt: a blob for another key or context; the plaintext does not leave. */
export const reEncrypt: Operation = (keyring, input) => {
  refuseUnsupported(input, 'SourceEncryptionAlgorithm')
  refuseUnsupported(input, 'DestinationEncryptionAlgorithm')
  const source = open(keyring, input, 'SourceKeyId', input.context('SourceEncryptionContext'))
  const context = input.context('DestinationEncryptionContext')
  const destination = seal(keyring, input.string('DestinationKeyId'), source.bytes, context)
  endDryRun(input)
  return {
    CiphertextBlob: destination.bytes.toString('base64'),
    KeyId: destination.keyArn,
    SourceKeyId: source.keyArn,
    SourceKeyMaterialId: source.materialId,
    DestinationKeyMaterialId: destination.materialId,
    SourceEncryptionAlgorithm: ALGORITHM,
    DestinationEncryptionAlgorithm: ALGORITHM,
  }
}

/** GenerateDataKey: random bytes, both plain and encrypted. */
export const generateDataKey: Operation = (keyring, input) => {
  refuseUnsupported(input)
  const plaintext = randomBytes(dataKeyLength(input))
  const { bytes, keyArn, materialId } = seal(
    keyring,
    input.string('KeyId'),
    plaintext,
    input.context('EncryptionContext'),
  )
  endDryRun(input)
  return {
    Plaintext: plaintext.toString('base64'),
    CiphertextBlob: bytes.toString('base64'),
    KeyId: keyArn,
    KeyMaterialId: materialId,
  }
}

/** GenerateDataKeyWithoutPlaintext: random bytes, only encrypted. */
export const generateDataKeyWithoutPlaintext: Operation = (keyring, input) => {
  const { Plaintext, ...answer } = generateDataKey(keyring, input) ?? {}
  return answer
}

function seal(keyring: Keyring, keyId: string, plaintext: Buffer, context: EncryptionContext): Outcome {
  const key = keyring.find(keyId)
  keyring.assertEnabled(key)
  const [material] = key.materials
  return { bytes: encrypt(material, plaintext, context), keyArn: keyring.keyArn(key), materialId: material.id }
}

/** Opens `CiphertextBlob`, with the key named by `keyMember` if the request names one. */
function open(keyring: Keyring, input: Input, keyMember: string, context: EncryptionContext): Outcome {
  const blob = input.blob('CiphertextBlob', 6144)
  const keyId = input.optionalString(keyMember)
  const named = keyId === undefined ? undefined : keyring.find(keyId)
  const materialId = materialIdOf(blob)
  const key = materialId === undefined ? undefined : keyring.findByMaterial(materialId)
  const material = key?.materials.find(({ id }) => id === materialId)
  if (!key || !material) throw new KmsError('InvalidCiphertextException')
  if (named && named.id !== key.id) {
    const message = 'The key ID in the request does not identify a CMK that can perform this operation.'
    throw new KmsError('IncorrectKeyException', message)
  }
  keyring.assertEnabled(key)
  const bytes = decrypt(material, blob, context)
  if (!bytes) throw new KmsError('InvalidCiphertextException')
  return { bytes, keyArn: keyring.keyArn(key), materialId: material.id }
}

/** 1 to 1,024 bytes, given either by a spec or by a number. */
function dataKeyLength(input: Input): number {
  const spec = input.optionalString('KeySpec')
  const length = input.integer('NumberOfBytes', { min: 1, max: 1024 })
  if ((spec === undefined) === (length === undefined)) {
    throw new KmsError('ValidationException', 'Please specify either number of bytes or key spec.')
  }
  if (length !== undefined) return length
  if (spec === 'AES_256') return 32
  if (spec === 'AES_128') return 16
  throw invalid('KeySpec', `Value '${spec}' at`, 'Member must satisfy enum value set: [AES_256, AES_128]')
}

function refuseUnsupported(input: Input, algorithmMember?: string): void {
  const algorithm = algorithmMember === undefined ? ALGORITHM : (input.optionalString(algorithmMember) ?? ALGORITHM)
  if (algorithm !== ALGORITHM) {
    const message = `Algorithm ${algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`
    throw new KmsError('InvalidKeyUsageException', message)
  }
  if (input.has('GrantTokens')) throw new KmsError('InvalidGrantTokenException')
  if (input.has('Recipient')) throw new KmsError('UnsupportedOperationException', 'Recipient is not supported.')
}

/** A dry run ends in an error also when all went well. */
function endDryRun(input: Input): void {
  if (!input.flag('DryRun')) return
  throw new KmsError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
}
