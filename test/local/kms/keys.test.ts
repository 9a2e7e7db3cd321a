import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  InvalidArnException,
  NotFoundException,
  ReEncryptCommand,
  UnsupportedOperationException,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ARN_PREFIX, aKms, context, plaintext, type TestKms } from './local-kms.ts'

let local: TestKms

beforeAll(async () => {
  local = await aKms()
})

afterAll(() => local.remove())

describe('a key', () => {
  test('is described by its ARN, state and current material', async () => {
    const { KeyMetadata: made } = await local.client.send(new CreateKeyCommand({ Description: 'tokens' }))

    const { KeyMetadata: described } = await local.client.send(new DescribeKeyCommand({ KeyId: made?.KeyId }))

    expect(described).toEqual(made)
    expect(described).toMatchObject({
      Arn: `${ARN_PREFIX}key/${made?.KeyId}`,
      AWSAccountId: '000000000000',
      Description: 'tokens',
      Enabled: true,
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      CreationDate: expect.any(Date),
      CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test.each([
    { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
    { KeyUsage: 'SIGN_VERIFY' },
    { Origin: 'EXTERNAL' },
    { MultiRegion: true },
  ] as const)('is symmetric, of this region and made here: %o is refused', async (input) => {
    await expect(local.client.send(new CreateKeyCommand(input))).rejects.toBeInstanceOf(UnsupportedOperationException)
  })

  test('is found by id, ARN, alias and alias ARN, and every answer carries its ARN', async () => {
    const keyId = await local.aKey()
    await local.client.send(new CreateAliasCommand({ AliasName: `alias/${keyId}`, TargetKeyId: keyId }))
    const names = [keyId, `${ARN_PREFIX}key/${keyId}`, `alias/${keyId}`, `${ARN_PREFIX}alias/${keyId}`]
    const CiphertextBlob = await local.aBlob(keyId)

    const answers = await Promise.all(
      names.flatMap((KeyId) => [
        local.client.send(new EncryptCommand({ KeyId, Plaintext: plaintext })),
        local.client.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: context })),
        local.client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
        local.client.send(
          new ReEncryptCommand({ DestinationKeyId: KeyId, CiphertextBlob, SourceEncryptionContext: context }),
        ),
      ]),
    )

    expect(answers.map((answer) => answer.KeyId)).toEqual(answers.map(() => `${ARN_PREFIX}key/${keyId}`))
  })

  test.each([
    ['nope', NotFoundException, "Invalid keyId 'nope'"],
    ['alias/nope', NotFoundException, `Alias ${ARN_PREFIX}alias/nope is not found.`],
    [
      '00000000-0000-0000-0000-000000000000',
      NotFoundException,
      `Key '${ARN_PREFIX}key/00000000-0000-0000-0000-000000000000' does not exist`,
    ],
    [`${ARN_PREFIX}key/nope`, NotFoundException, "Invalid keyId 'nope'"],
    ['arn:aws:kms:eu-west-1:000000000000:key/nope', NotFoundException, 'Invalid arn eu-west-1'],
    [
      'arn:aws:kms:us-east-1:111111111111:key/nope',
      NotFoundException,
      "Key 'arn:aws:kms:us-east-1:111111111111:key/nope' does not exist",
    ],
    ['arn:aws:s3:::bucket', InvalidArnException, 'Invalid arn arn:aws:s3:::bucket'],
    ['constructor', NotFoundException, "Invalid keyId 'constructor'"],
  ])('of the name %s is unknown', async (KeyId, type, message) => {
    const failure = local.client.send(new DescribeKeyCommand({ KeyId }))

    await expect(failure).rejects.toBeInstanceOf(type)
    await expect(failure).rejects.toThrow(message)
  })

  test('is managed by id or ARN only, never by an alias', async () => {
    const keyId = await local.aKey()
    await local.client.send(new CreateAliasCommand({ AliasName: 'alias/managed', TargetKeyId: keyId }))

    const byAlias = local.client.send(new DisableKeyCommand({ KeyId: 'alias/managed' }))
    const byAliasArn = local.client.send(new DisableKeyCommand({ KeyId: `${ARN_PREFIX}alias/managed` }))

    await expect(byAlias).rejects.toBeInstanceOf(NotFoundException)
    await expect(byAliasArn).rejects.toBeInstanceOf(InvalidArnException)
    expect((await local.client.send(new DescribeKeyCommand({ KeyId: keyId }))).KeyMetadata?.Enabled).toBe(true)
  })

  test('made by the stack keeps the id it was given', async () => {
    const arn = local.kms.ensureKey('TokenKey1A2B3C')

    const again = local.kms.ensureKey('TokenKey1A2B3C')

    expect([arn, again]).toEqual(Array(2).fill(`${ARN_PREFIX}key/TokenKey1A2B3C`))
    expect((await local.client.send(new DescribeKeyCommand({ KeyId: arn }))).KeyMetadata?.KeyId).toBe('TokenKey1A2B3C')
    expect(() => local.kms.ensureKey('alias/no')).toThrow(TypeError)
  })
})
