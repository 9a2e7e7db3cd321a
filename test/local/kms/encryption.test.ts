import { isDeepStrictEqual } from 'node:util'
import {
  DecryptCommand,
  EncryptCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  ReEncryptCommand,
} from '@aws-sdk/client-kms'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decrypt, encrypt } from '../../../lib/local/kms/ciphertext.ts'
import { newKeyMaterial } from '../../../lib/local/kms/key-store.ts'
import { ARN_PREFIX, aKms, context, plaintext, type TestKms } from './local-kms.ts'

let local: TestKms

beforeAll(async () => {
  local = await aKms()
})

afterAll(() => local.remove())

describe('encryption', () => {
  test.each([1, 32, 4096])('gives back %i bytes as they were', async (length) => {
    const Plaintext = Buffer.alloc(length, 'p')

    const { CiphertextBlob } = await local.client.send(new EncryptCommand({ KeyId: await local.aKey(), Plaintext }))
    const answer = await local.client.send(new DecryptCommand({ CiphertextBlob }))

    expect(Buffer.from(answer.Plaintext ?? [])).toEqual(Plaintext)
    expect(answer.EncryptionAlgorithm).toBe('SYMMETRIC_DEFAULT')
  })

  test('never gives the same blob twice, nor one that shows the plaintext', async () => {
    const keyId = await local.aKey()

    const [first, second] = [await local.aBlob(keyId), await local.aBlob(keyId)]

    expect(first).not.toEqual(second)
    expect(Buffer.from(first).includes(plaintext)).toBe(false)
  })

  test('takes the pairs of the context in any order', async () => {
    const blob = await local.aBlob(await local.aKey(), { a: '1', b: '2' })

    const answer = await local.decrypted(blob, { b: '2', a: '1' })

    expect(answer).toEqual(plaintext)
  })

  test.each<[string, Record<string, string>]>([
    ['missing', {}],
    ['a subset', { app: 'grantkeeper' }],
    ['a superset', { ...context, kind: 'grant' }],
    ['another value', { ...context, org: 'other' }],
    ['a value in other case', { ...context, org: 'Acme' }],
    ['a name in other case', { app: 'grantkeeper', Org: 'acme' }],
    ['a moved boundary', { app: 'grantkeeperorg', '': 'acme' }],
    ['swapped values', { app: 'acme', org: 'grantkeeper' }],
  ])('fails when the context is %s', async (_, wrong) => {
    const failure = local.decrypted(await local.aBlob(await local.aKey()), wrong)

    await expect(failure).rejects.toBeInstanceOf(InvalidCiphertextException)
  })

  test('fails when any byte of the blob is altered', async () => {
    const blob = await local.aBlob(await local.aKey())

    await fc.assert(
      fc.asyncProperty(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), async (index, mask) => {
        const altered = blob.map((byte, at) => (at === index ? byte ^ mask : byte))
        await expect(local.decrypted(altered)).rejects.toBeInstanceOf(InvalidCiphertextException)
      }),
    )
  })

  test('fails when the blob is cut or prolonged', async () => {
    const blob = await local.aBlob(await local.aKey())
    const cut = Array.from(blob.keys(), (length) => blob.subarray(0, length)).slice(1)

    const failures = await Promise.allSettled(
      [...cut, Buffer.concat([blob, Buffer.alloc(1)])].map((b) => local.decrypted(b)),
    )

    const reasons = failures.map((failure) => failure.status === 'rejected' && failure.reason)
    expect(reasons.every((reason) => reason instanceof InvalidCiphertextException)).toBe(true)
  })

  test('binds a blob to exactly one context', () => {
    const material = newKeyMaterial()
    // Few letters, so that equal and almost equal contexts come up.
    const part = fc.string({ unit: fc.constantFrom('a', 'A', 'é'), maxLength: 2 })
    const contexts = fc.dictionary(part, part, { maxKeys: 2, noNullPrototype: true })

    fc.assert(
      fc.property(contexts, contexts, (given, asked) => {
        const same = isDeepStrictEqual(given, asked)
        const opened = decrypt(material, encrypt(material, plaintext, given), asked)
        expect(opened?.equals(plaintext) ?? false).toBe(same)
      }),
    )
  })

  test('refuses to decrypt with another key than the one that encrypted', async () => {
    const CiphertextBlob = await local.aBlob(await local.aKey())

    const failure = local.client.send(
      new DecryptCommand({ KeyId: await local.aKey(), CiphertextBlob, EncryptionContext: context }),
    )

    await expect(failure).rejects.toBeInstanceOf(IncorrectKeyException)
  })

  test('moves to another key and context without showing the plaintext', async () => {
    const [from, to] = [await local.aKey(), await local.aKey()]
    const moved = await local.client.send(
      new ReEncryptCommand({
        CiphertextBlob: await local.aBlob(from),
        SourceEncryptionContext: context,
        DestinationKeyId: to,
        DestinationEncryptionContext: { app: 'moved' },
      }),
    )

    const answer = await local.decrypted(moved.CiphertextBlob, { app: 'moved' })

    expect(moved).toMatchObject({ SourceKeyId: `${ARN_PREFIX}key/${from}`, KeyId: `${ARN_PREFIX}key/${to}` })
    expect(moved).not.toHaveProperty('Plaintext')
    expect(answer).toEqual(plaintext)
  })
})
