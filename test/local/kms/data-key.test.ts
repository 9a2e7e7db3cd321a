import { GenerateDataKeyCommand, GenerateDataKeyWithoutPlaintextCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aKms, context, type TestKms } from './local-kms.ts'

let local: TestKms

beforeAll(async () => {
  local = await aKms()
})

afterAll(() => local.remove())

describe('a data key', () => {
  test.each([
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1024 }, 1024],
  ] as const)('of %o is %i random bytes, plain and encrypted', async (size, length) => {
    const input = { KeyId: await local.aKey(), EncryptionContext: context, ...size }

    const { Plaintext, CiphertextBlob } = await local.client.send(new GenerateDataKeyCommand(input))
    const answer = await local.decrypted(CiphertextBlob)

    expect(Plaintext).toHaveLength(length)
    expect(answer).toEqual(Buffer.from(Plaintext ?? []))
  })

  test('can be had without its plaintext', async () => {
    const input = { KeyId: await local.aKey(), EncryptionContext: context, KeySpec: 'AES_256' } as const

    const answer = await local.client.send(new GenerateDataKeyWithoutPlaintextCommand(input))

    expect(answer).not.toHaveProperty('Plaintext')
    expect(await local.decrypted(answer.CiphertextBlob)).toHaveLength(32)
  })
})
