import {
  CreateAliasCommand,
  DecryptCommand,
  DryRunOperationException,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  InvalidCiphertextException,
  InvalidGrantTokenException,
  InvalidKeyUsageException,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aKms, plaintext, type TestKms } from './local-kms.ts'

let local: TestKms

beforeAll(async () => {
  local = await aKms()
})

afterAll(() => local.remove())

describe('the limits', () => {
  const KeyId = 'TokenKey'
  const Plaintext = plaintext
  const fits = { a: 'v'.repeat(8191) }

  beforeAll(() => {
    local.kms.ensureKey(KeyId)
  })

  test('allow a context of 8,192 characters in all', async () => {
    const blob = await local.aBlob(KeyId, fits)

    expect(await local.decrypted(blob, fits)).toEqual(plaintext)
  })

  test.each([
    ['an empty plaintext', new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(0) })],
    ['4,097 bytes of plaintext', new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(4097) })],
    ['6,145 bytes of ciphertext', new DecryptCommand({ CiphertextBlob: Buffer.alloc(6145) })],
    ['8,193 characters of context', new EncryptCommand({ KeyId, Plaintext, EncryptionContext: { aa: fits.a } })],
    ['no plaintext', new EncryptCommand({ KeyId, Plaintext: undefined })],
    ['no key', new EncryptCommand({ KeyId: undefined, Plaintext })],
    ['a data key of no size', new GenerateDataKeyCommand({ KeyId })],
    ['a data key of two sizes', new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', NumberOfBytes: 32 })],
    ['a data key of 0 bytes', new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 0 })],
    ['a data key of 1,025 bytes', new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 1025 })],
    ['a waiting period of 6 days', new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 6 })],
    ['an alias without its prefix', new CreateAliasCommand({ AliasName: 'tokens', TargetKeyId: KeyId })],
    ['an alias with a space', new CreateAliasCommand({ AliasName: 'alias/a b', TargetKeyId: KeyId })],
  ])('refuse %s', async (_, command) => {
    // `send` takes one type of command, not a union of them.
    const failure = local.client.send(command as EncryptCommand)

    await expect(failure).rejects.toHaveProperty('name', 'ValidationException')
  })

  test('refuse an algorithm of asymmetric keys', async () => {
    const failure = local.client.send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }))

    await expect(failure).rejects.toBeInstanceOf(InvalidKeyUsageException)
  })

  test.each([
    ['refuse grant tokens', { GrantTokens: ['token'] }, InvalidGrantTokenException],
    ['end a dry run that would succeed', { DryRun: true }, DryRunOperationException],
  ])('%s with its own error in each cryptographic operation', async (_, extra, type) => {
    const CiphertextBlob = await local.aBlob(KeyId, {})
    const { client } = local

    const failures = await Promise.allSettled([
      client.send(new EncryptCommand({ KeyId, Plaintext, ...extra })),
      client.send(new DecryptCommand({ CiphertextBlob, ...extra })),
      client.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId, ...extra })),
      client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', ...extra })),
      client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256', ...extra })),
    ])

    expect(failures).toEqual(failures.map(() => ({ status: 'rejected', reason: expect.any(type) })))
  })

  test('do not let a dry run hide a wrong context', async () => {
    const CiphertextBlob = await local.aBlob(KeyId)

    const failure = local.client.send(new DecryptCommand({ CiphertextBlob, DryRun: true }))

    await expect(failure).rejects.toBeInstanceOf(InvalidCiphertextException)
  })
})
