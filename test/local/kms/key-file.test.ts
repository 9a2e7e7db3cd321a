import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CreateAliasCommand, DescribeKeyCommand, ListKeysCommand, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startKms } from '../../../lib/local/kms/server.ts'
import { aKms, plaintext, type TestKms } from './local-kms.ts'

let local: TestKms

beforeEach(async () => {
  local = await aKms()
})

afterEach(() => local.remove())

describe('the key file', () => {
  test('lets a restarted server read what was encrypted before, under the same ids and aliases', async () => {
    const arn = local.kms.ensureKey('TokenKey')
    await local.client.send(new CreateAliasCommand({ AliasName: 'alias/tokens', TargetKeyId: 'TokenKey' }))
    const blobs = [await local.aBlob('TokenKey')]
    await local.client.send(new RotateKeyOnDemandCommand({ KeyId: 'TokenKey' }))
    blobs.push(await local.aBlob('alias/tokens'))

    local = await local.restarted()

    expect(local.kms.ensureKey('TokenKey')).toBe(arn)
    expect(await Promise.all(blobs.map((blob) => local.decrypted(blob)))).toEqual([plaintext, plaintext])
    const { KeyMetadata } = await local.client.send(new DescribeKeyCommand({ KeyId: 'alias/tokens' }))
    expect(KeyMetadata?.Arn).toBe(arn)
  })

  test('has mode 0600 in a folder of mode 0700, and nothing lies beside it', async () => {
    await local.aKey()

    expect((await stat(local.file)).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(local.file))).mode & 0o777).toBe(0o700)
    expect(await readdir(dirname(local.file))).toEqual(['keys.json'])
  })

  test('that others could read is closed to them at the next start', async () => {
    await local.aKey()
    await chmod(local.file, 0o644)

    local = await local.restarted()

    expect((await stat(local.file)).mode & 0o777).toBe(0o600)
  })

  test('is written past what a crash left behind', async () => {
    local.kms.ensureKey('TokenKey')
    await writeFile(`${local.file}.tmp`, 'half a fi', { mode: 0o644 })

    await local.aKey()

    expect((await stat(local.file)).mode & 0o777).toBe(0o600)
    expect(await readdir(dirname(local.file))).toEqual(['keys.json'])
  })

  test.each(['', 'secret: {', '[]', 'null', '{"format":"other"}'])('is left alone when it holds %j', async (text) => {
    const file = join(dirname(dirname(local.file)), 'other.json')
    await writeFile(file, text)

    await expect(startKms({ file })).rejects.toThrow(`${file} is not a key file of the local KMS`)

    expect(await readFile(file, 'utf8')).toBe(text)
  })

  test('decides: a key that could not be written does not exist', async () => {
    await local.aKey()
    const before = await local.client.send(new ListKeysCommand({}))
    await rm(dirname(local.file), { recursive: true })
    await writeFile(dirname(local.file), 'not a folder')

    await expect(local.aKey()).rejects.toHaveProperty('name', 'KMSInternalException')

    const after = await local.client.send(new ListKeysCommand({}))
    expect(after.Keys).toEqual(before.Keys)
    await rm(dirname(local.file))
    await mkdir(dirname(local.file))
  })
})
