import { DisableKeyCommand, EnableKeyCommand, type KMSClient } from '@aws-sdk/client-kms'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type DataKeys, dataKeys, type KeyWrapper, type WrappedKey } from '../../lib/crypto/data-keys.ts'
import { keyNumberOf, SealBroken } from '../../lib/crypto/envelope.ts'
import { keyRing } from '../../lib/crypto/key-ring.ts'
import { kmsWrapper } from '../../lib/crypto/kms-wrapper.ts'
import { vault } from '../../lib/crypto/vault.ts'
import type { SealContext } from '../../lib/domain/ports.ts'
import { dataKeyStore } from '../../lib/storage/data-key-store.ts'
import { aKms, type TestKms } from '../local/kms/local-kms.ts'
import { aTable, awsError, type TestTable } from '../support/table.ts'

let kms: TestKms
let table: TestTable
let keyId: string
let org: string
let orgs = 0

beforeAll(async () => {
  ;[kms, table] = await Promise.all([aKms(), aTable()])
  keyId = await kms.aKey()
}, 30_000)
afterAll(async () => {
  await kms?.remove()
  await table?.close()
})
beforeEach(() => {
  org = `org-${++orgs}`
})

/** A KMS client whose calls are counted, and fail while there is a failure for them. */
const aClient = () => {
  const calls: string[] = []
  let failure: Error | undefined
  const send = (command: { constructor: { name: string } }, options: object) => {
    calls.push(command.constructor.name)
    return failure ? Promise.reject(failure) : kms.client.send(command as never, options)
  }
  return {
    calls,
    client: { send } as unknown as KMSClient,
    fails: (error: Error | undefined) => {
      failure = error
    },
  }
}

/** What one execution environment has. */
const anEnvironment = (cacheSeconds = 900, wrapKeyId = keyId) => {
  const { calls, client, fails } = aClient()
  const keys = dataKeys(dataKeyStore(table), kmsWrapper(client, wrapKeyId), cacheSeconds)
  return { keys, calls, fails, vault: vault(keys) }
}

const where = (changes: Partial<SealContext> = {}): SealContext => ({
  orgId: org,
  kind: 'grant',
  id: 'credential',
  userId: 'grace',
  field: 'accessToken',
  version: 1,
  ...changes,
})

const keyOf = (keys: DataKeys): Promise<string> =>
  keys.useNewest(org, 'grant', (key) => Buffer.from(key).toString('hex'))
const rowsOf = async (orgId: string) => (await table.items()).filter(({ pk }) => pk === `DATAKEY#grant#${orgId}`)

describe('the first use by an organization', () => {
  test('makes one key, of which only the wrapped form is stored', async () => {
    const { keys, calls } = anEnvironment()

    const key = await keyOf(keys)

    const rows = await rowsOf(org)
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(calls).toEqual(['GenerateDataKeyCommand'])
    expect(rows).toHaveLength(1)
    expect(Buffer.from(rows[0]?.wrapped as Uint8Array).toString('hex')).not.toContain(key)
  })

  test('makes one key also from twenty uses at once in each of four environments', async () => {
    const environments = Array.from({ length: 4 }, () => anEnvironment())

    const used = await Promise.all(environments.flatMap(({ keys }) => Array.from({ length: 20 }, () => keyOf(keys))))

    expect(new Set(used).size).toBe(1)
    expect(await rowsOf(org)).toHaveLength(1)
    // Who lost the race unwraps the winner's, once.
    for (const { calls } of environments) {
      expect(calls.filter((name) => name === 'GenerateDataKeyCommand').length).toBeLessThanOrEqual(1)
      expect(calls.filter((name) => name === 'DecryptCommand').length).toBeLessThanOrEqual(1)
    }
  })

  test('what was sealed in one environment opens in every other', async () => {
    const [one, ...others] = Array.from({ length: 3 }, () => anEnvironment())
    const sealed = await one?.vault.seal(where(), 'a token')

    const opened = await Promise.all(others.map((other) => other.vault.open(where(), sealed as Uint8Array)))

    expect(opened).toEqual(['a token', 'a token'])
    expect(others.map(({ calls }) => calls)).toEqual([['DecryptCommand'], ['DecryptCommand']])
  })

  test('zeroes the key of who lost the race', async () => {
    const made: Uint8Array[] = []
    const real = kmsWrapper(kms.client, keyId)
    const wrapper: KeyWrapper = {
      ...real,
      generate: async (context) => {
        const generated = await real.generate(context)
        made.push(generated.key)
        return generated
      },
    }
    const environments = Array.from({ length: 3 }, () => dataKeys(dataKeyStore(table), wrapper, 900))

    await Promise.all(environments.map(keyOf))

    expect(made.filter((key) => key.some((byte) => byte !== 0))).toHaveLength(1)
  })
})

describe('keys of their own', () => {
  test.each([
    ['each organization', () => [org, 'grant', `${org}-other`, 'grant'] as const],
    ['each kind', () => [org, 'grant', org, 'flow'] as const],
  ])('has %s', async (_, pair) => {
    const { keys } = anEnvironment()
    const [orgA, kindA, orgB, kindB] = pair()

    const one = await keys.useNewest(orgA, kindA, (key) => Buffer.from(key).toString('hex'))
    const other = await keys.useNewest(orgB, kindB, (key) => Buffer.from(key).toString('hex'))

    expect(one).not.toBe(other)
  })

  test('a wrapped key that is moved to another organization is refused by KMS', async () => {
    const { keys } = anEnvironment()
    await keyOf(keys)
    const [row] = await rowsOf(org)
    const thief = `${org}-thief`
    const { wrapped, kmsKeyArn } = row as unknown as WrappedKey
    await dataKeyStore(table).add(thief, 'grant', { number: 1, createdAt: Date.now(), wrapped, kmsKeyArn })

    const stolen = anEnvironment().keys.use(thief, 'grant', 1, () => 'opened')

    await expect(stolen).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
  })

  test('an organization whose name no key or header could hold is served as well', async () => {
    org = '漢字#🔑 \n'.repeat(25).slice(0, 255)
    const sealed = await anEnvironment().vault.seal(where(), 'a token')

    expect(await anEnvironment().vault.open(where(), sealed)).toBe('a token')
  })

  test('a value sealed under a key that is not there is broken, not unknown', async () => {
    const { vault: used } = anEnvironment()
    const sealed = await used.seal(where(), 'a token')
    sealed[4] = 9

    await expect(used.open(where(), sealed)).rejects.toBeInstanceOf(SealBroken)
  })
})

describe('a further data key', () => {
  const ringOf = () => keyRing(dataKeyStore(table), kmsWrapper(kms.client, keyId))
  const numberOf = async ({ vault: used }: ReturnType<typeof anEnvironment>): Promise<number> =>
    keyNumberOf(await used.seal(where(), 'a token'))

  test('is sealed under by an environment that begins, and what was sealed before opens', async () => {
    const before = await anEnvironment().vault.seal(where(), 'a token')

    await ringOf().add(org, 'grant', 2)

    const fresh = anEnvironment()
    expect(await numberOf(fresh)).toBe(2)
    expect(await fresh.vault.open(where(), before)).toBe('a token')
  })

  test('is made once, however many make it', async () => {
    await anEnvironment().vault.seal(where(), 'a token')

    await Promise.all(Array.from({ length: 5 }, () => ringOf().add(org, 'grant', 2)))

    const rows = await rowsOf(org)
    expect(rows.map(({ number }) => number)).toEqual([1, 2])
    expect(await ringOf().newest(org, 'grant')).toMatchObject({ number: 2 })
  })

  test('comes to an environment that knows the one before after a while, and at once where it is asked for', async () => {
    const warm = anEnvironment(0.2)
    const asked = anEnvironment()
    const sealed = await warm.vault.seal(where(), 'a token')
    await asked.vault.open(where(), await asked.vault.seal(where(), 'a token'))
    await ringOf().add(org, 'grant', 2)

    expect(await numberOf(asked)).toBe(1)
    expect(keyNumberOf(await asked.vault.reseal(where(), sealed, 2))).toBe(2)
    expect(await numberOf(asked)).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(await numberOf(warm)).toBe(2)
  })

  test('is not missed where the table cannot say whether there is one: what was known is good enough', async () => {
    const store = dataKeyStore(table)
    let isDown = false
    const newest: typeof store.newest = (...args) =>
      isDown ? Promise.reject(new Error('down')) : store.newest(...args)
    const used = vault(dataKeys({ ...store, newest }, kmsWrapper(kms.client, keyId), 0))
    await used.seal(where(), 'a token')

    isDown = true

    expect(await used.open(where(), await used.seal(where(), 'another'))).toBe('another')
  })

  test('is missed where it is asked for: nothing is then sealed anew under the one before', async () => {
    const store = dataKeyStore(table)
    let isDown = false
    const newest: typeof store.newest = (...args) =>
      isDown ? Promise.reject(new Error('down')) : store.newest(...args)
    const used = vault(dataKeys({ ...store, newest }, kmsWrapper(kms.client, keyId), 900))
    const sealed = await used.seal(where(), 'a token')
    await ringOf().add(org, 'grant', 2)

    isDown = true
    await expect(used.reseal(where(), sealed, 2)).rejects.toThrow('down')

    isDown = false
    expect(keyNumberOf(await used.reseal(where(), sealed, 2))).toBe(2)
  })

  test('comes to an environment that was frozen, whose own clock stood still', async () => {
    const { vault: frozen } = anEnvironment()
    await frozen.seal(where(), 'a token')
    await ringOf().add(org, 'grant', 2)

    const now = Date.now()
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now + 61_000)
    try {
      expect(keyNumberOf(await frozen.seal(where(), 'a token'))).toBe(2)
    } finally {
      clock.mockRestore()
    }
  })

  test('changes nothing of what is sealed under it already', async () => {
    const { vault: used } = anEnvironment()
    const sealed = await used.seal(where(), 'a token')

    expect(await used.reseal(where(), sealed, 1)).toBe(sealed)
  })
})

describe('another KMS key', () => {
  const arnOf = (id: string): string => `arn:aws:kms:us-east-1:000000000000:key/${id}`

  test('wraps anew what the one before has wrapped, and that is not needed any more', async () => {
    const sealed = await anEnvironment().vault.seal(where(), 'a token')
    const [{ kmsKeyArn: oldArn }] = (await rowsOf(org)) as unknown as [WrappedKey]
    const newId = await kms.aKey()
    const wrapper = kmsWrapper(kms.client, newId, [oldArn])
    const during = vault(dataKeys(dataKeyStore(table), wrapper, 0))
    expect(await during.open(where(), sealed)).toBe('a token')

    expect(await keyRing(dataKeyStore(table), wrapper).rewrap(org, 'grant', 1)).toBe(true)
    expect(await keyRing(dataKeyStore(table), wrapper).rewrap(org, 'grant', 1)).toBe(false)

    const [row] = (await rowsOf(org)) as unknown as [WrappedKey]
    expect(row.kmsKeyArn).toBe(arnOf(newId))
    expect(await during.open(where(), sealed)).toBe('a token')
    expect(await anEnvironment(0, newId).vault.open(where(), sealed)).toBe('a token')
    await expect(anEnvironment(0).vault.open(where(), sealed)).rejects.toMatchObject({ name: 'IncorrectKeyException' })
  })

  test('that only the table names is never asked', async () => {
    const { vault: used } = anEnvironment()
    const sealed = await used.seal(where(), 'a token')
    const [row] = await rowsOf(org)
    const kmsKeyArn = arnOf(await kms.aKey())
    await table.client.send(new PutCommand({ TableName: table.name, Item: { ...row, kmsKeyArn } }))

    expect(await anEnvironment(0).vault.open(where(), sealed)).toBe('a token')
  })
})

describe('how often KMS is asked', () => {
  test('once in an environment, for any number of values', async () => {
    const sealed = await anEnvironment().vault.seal(where(), 'a token')
    const { vault: used, calls } = anEnvironment()

    await Promise.all(Array.from({ length: 50 }, () => used.open(where(), sealed)))
    await used.seal(where(), 'another token')

    expect(calls).toEqual(['DecryptCommand'])
  })

  test('for every value where nothing may be kept', async () => {
    const sealed = await anEnvironment().vault.seal(where(), 'a token')
    const { vault: used, calls } = anEnvironment(0)

    for (let opens = 0; opens < 3; opens++) expect(await used.open(where(), sealed)).toBe('a token')

    expect(calls).toEqual(['DecryptCommand', 'DecryptCommand', 'DecryptCommand'])
  })

  test('again once the time of the key is over', async () => {
    const sealed = await anEnvironment().vault.seal(where(), 'a token')
    const { vault: used, calls } = anEnvironment(0.2)
    await used.open(where(), sealed)

    await new Promise((resolve) => setTimeout(resolve, 250))
    await used.open(where(), sealed)

    expect(calls).toEqual(['DecryptCommand', 'DecryptCommand'])
  })
})

describe('a failure of KMS', () => {
  test.each([
    ['ThrottlingException', { $retryable: { throttling: true } }],
    ['KMSInternalException', { $fault: 'server' }],
    ['KeyUnavailableException', {}],
    ['TimeoutError', {}],
  ])('such as %s reaches the caller, and the next is served', async (name, members) => {
    const sealed = await anEnvironment().vault.seal(where(), 'a token')
    const { vault: used, fails } = anEnvironment()

    fails(awsError(name, members))
    const failed = await Promise.allSettled(Array.from({ length: 5 }, () => used.open(where(), sealed)))
    fails(undefined)

    expect(failed.every((one) => one.status === 'rejected' && one.reason.name === name)).toBe(true)
    expect(await used.open(where(), sealed)).toBe('a token')
  })

  test('at the very first use leaves nothing behind', async () => {
    const { vault: used, fails } = anEnvironment()

    fails(awsError('ThrottlingException'))
    await expect(used.seal(where(), 'a token')).rejects.toThrow('ThrottlingException')
    expect(await rowsOf(org)).toEqual([])
    fails(undefined)

    expect(await used.open(where(), await used.seal(where(), 'a token'))).toBe('a token')
  })

  test('a disabled key opens nothing that is not kept already, until it is enabled again', async () => {
    const warm = anEnvironment()
    const sealed = await warm.vault.seal(where(), 'a token')
    const cold = anEnvironment()

    await kms.client.send(new DisableKeyCommand({ KeyId: keyId }))
    await expect(cold.vault.open(where(), sealed)).rejects.toMatchObject({ name: 'DisabledException' })
    expect(await warm.vault.open(where(), sealed)).toBe('a token')
    await kms.client.send(new EnableKeyCommand({ KeyId: keyId }))

    expect(await cold.vault.open(where(), sealed)).toBe('a token')
  })

  test('an unknown KMS key is an error, and no data key is stored', async () => {
    const { vault: used } = anEnvironment(900, '00000000-0000-4000-8000-000000000000')

    await expect(used.seal(where(), 'a token')).rejects.toMatchObject({ name: 'NotFoundException' })

    expect(await rowsOf(org)).toEqual([])
  })

  test('a data key wrapped by another KMS key is refused', async () => {
    const other = anEnvironment(900, await kms.aKey())
    const sealed = await other.vault.seal(where(), 'a token')

    await expect(anEnvironment().vault.open(where(), sealed)).rejects.toMatchObject({ name: 'IncorrectKeyException' })
  })
})
