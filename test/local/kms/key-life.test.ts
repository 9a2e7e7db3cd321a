import {
  AlreadyExistsException,
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  InvalidAliasNameException,
  InvalidMarkerException,
  KMSInvalidStateException,
  LimitExceededException,
  ListAliasesCommand,
  ListKeysCommand,
  NotFoundException,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ARN_PREFIX, aKms, context, plaintext, type TestKms } from './local-kms.ts'

let local: TestKms

beforeAll(async () => {
  local = await aKms()
})

afterAll(() => local.remove())

describe('a key', () => {
  test('that is disabled does nothing until it is enabled again', async () => {
    const KeyId = await local.aKey()
    const blob = await local.aBlob(KeyId)
    await local.client.send(new DisableKeyCommand({ KeyId }))

    const refused = [
      local.decrypted(blob),
      local.aBlob(KeyId),
      local.client.send(new RotateKeyOnDemandCommand({ KeyId })),
    ]
    const failures = await Promise.allSettled(refused)
    await local.client.send(new EnableKeyCommand({ KeyId }))

    expect(failures).toEqual(failures.map(() => ({ status: 'rejected', reason: expect.any(DisabledException) })))
    expect(failures[0]).toHaveProperty('reason.message', `${ARN_PREFIX}key/${KeyId} is disabled.`)
    expect(await local.decrypted(blob)).toEqual(plaintext)
  })

  test('that is to be deleted does nothing, and is disabled when it is kept after all', async () => {
    const KeyId = await local.aKey()
    const blob = await local.aBlob(KeyId)
    const scheduled = await local.client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))

    const refused = [
      local.decrypted(blob),
      local.client.send(new EnableKeyCommand({ KeyId })),
      local.client.send(new ScheduleKeyDeletionCommand({ KeyId })),
      local.client.send(new CreateAliasCommand({ AliasName: 'alias/late', TargetKeyId: KeyId })),
    ]
    const failures = await Promise.allSettled(refused)
    const { KeyMetadata: pending } = await local.client.send(new DescribeKeyCommand({ KeyId }))
    await local.client.send(new CancelKeyDeletionCommand({ KeyId }))
    const { KeyMetadata: kept } = await local.client.send(new DescribeKeyCommand({ KeyId }))

    expect(failures).toEqual(failures.map(() => ({ status: 'rejected', reason: expect.any(KMSInvalidStateException) })))
    expect(scheduled).toMatchObject({ KeyId: `${ARN_PREFIX}key/${KeyId}`, PendingWindowInDays: 7 })
    expect(pending).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate: scheduled.DeletionDate })
    expect(kept).toMatchObject({ KeyState: 'Disabled', Enabled: false })
    expect(kept).not.toHaveProperty('DeletionDate')
  })

  test('that is not to be deleted cannot be kept', async () => {
    const failure = local.client.send(new CancelKeyDeletionCommand({ KeyId: await local.aKey() }))

    await expect(failure).rejects.toBeInstanceOf(KMSInvalidStateException)
  })
})

describe('rotation', () => {
  test('on demand gives new material and keeps what was encrypted before readable', async () => {
    const KeyId = await local.aKey()
    const before = await local.aBlob(KeyId)

    await local.client.send(new RotateKeyOnDemandCommand({ KeyId }))
    const after = await local.aBlob(KeyId)

    const materials = await Promise.all(
      [before, after].map((CiphertextBlob) =>
        local.client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context })),
      ),
    )
    const { KeyMetadata } = await local.client.send(new DescribeKeyCommand({ KeyId }))
    expect(materials.map(({ Plaintext }) => Buffer.from(Plaintext ?? []))).toEqual([plaintext, plaintext])
    expect(materials[0]?.KeyMaterialId).not.toBe(materials[1]?.KeyMaterialId)
    expect(materials[1]?.KeyMaterialId).toBe(KeyMetadata?.CurrentKeyMaterialId)
  })

  test('on demand comes 25 times at most', async () => {
    const KeyId = await local.aKey()
    for (let times = 0; times < 25; times++) await local.client.send(new RotateKeyOnDemandCommand({ KeyId }))

    const failure = local.client.send(new RotateKeyOnDemandCommand({ KeyId }))

    await expect(failure).rejects.toBeInstanceOf(LimitExceededException)
  })

  test('by itself is off until it is enabled', async () => {
    const KeyId = await local.aKey()

    const off = await local.client.send(new GetKeyRotationStatusCommand({ KeyId }))
    await local.client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }))
    const on = await local.client.send(new GetKeyRotationStatusCommand({ KeyId }))

    expect(off).toMatchObject({ KeyId: `${ARN_PREFIX}key/${KeyId}`, KeyRotationEnabled: false })
    expect(on).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90, NextRotationDate: expect.any(Date) })
  })
})

describe('an alias', () => {
  test('is listed with its key, and no longer names it once deleted', async () => {
    const TargetKeyId = await local.aKey()
    const AliasName = 'alias/listed'
    await local.client.send(new CreateAliasCommand({ AliasName: 'alias/of-another', TargetKeyId: await local.aKey() }))
    await local.client.send(new CreateAliasCommand({ AliasName, TargetKeyId }))

    const { Aliases } = await local.client.send(new ListAliasesCommand({ KeyId: TargetKeyId }))
    await local.client.send(new DeleteAliasCommand({ AliasName }))

    expect(Aliases).toEqual([
      expect.objectContaining({ AliasName, AliasArn: `${ARN_PREFIX}${AliasName}`, TargetKeyId }),
    ])
    await expect(local.aBlob(AliasName)).rejects.toBeInstanceOf(NotFoundException)
    await expect(local.client.send(new DeleteAliasCommand({ AliasName }))).rejects.toBeInstanceOf(NotFoundException)
  })

  test('belongs to one key, and none begins with alias/aws/', async () => {
    const TargetKeyId = await local.aKey()
    await local.client.send(new CreateAliasCommand({ AliasName: 'alias/taken', TargetKeyId }))

    const taken = local.client.send(new CreateAliasCommand({ AliasName: 'alias/taken', TargetKeyId }))
    const reserved = local.client.send(new CreateAliasCommand({ AliasName: 'alias/aws/mine', TargetKeyId }))

    await expect(taken).rejects.toBeInstanceOf(AlreadyExistsException)
    await expect(reserved).rejects.toBeInstanceOf(InvalidAliasNameException)
  })
})

describe('a list', () => {
  test('comes page by page, each key once', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => local.aKey()))
    const listed: (string | undefined)[] = []

    let Marker: string | undefined
    do {
      const page = await local.client.send(new ListKeysCommand({ Limit: 2, Marker }))
      listed.push(...(page.Keys ?? []).map(({ KeyId }) => KeyId))
      Marker = page.Truncated ? page.NextMarker : undefined
    } while (Marker)

    expect(new Set(listed).size).toBe(listed.length)
    expect(listed).toEqual(expect.arrayContaining(made))
  })

  test('that fits one page is not truncated', async () => {
    const all = await local.client.send(new ListKeysCommand({}))

    const page = await local.client.send(new ListKeysCommand({ Limit: all.Keys?.length }))

    expect(page).toMatchObject({ Keys: all.Keys, Truncated: false })
  })

  test('takes no marker but its own', async () => {
    const failure = local.client.send(new ListKeysCommand({ Marker: '?' }))

    await expect(failure).rejects.toBeInstanceOf(InvalidMarkerException)
  })
})
