import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FileStore } from '../../lib/local/oauth/file-store.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-store-'))
})

afterAll(() => rm(folder, { recursive: true }))

describe('the file store', () => {
  test('has every change in its file at once, readable by the owner alone', async () => {
    const path = join(folder, 'at-once.jsonl')
    const store = new FileStore(path)
    await store.model('Grant').upsert('g1', { accountId: 'ada' }, 60)
    await store.model('RefreshToken').upsert('r1', { grantId: 'g1' }, 60)
    await store.model('RefreshToken').upsert('r2', { grantId: 'g1' }, 60)
    await store.model('RefreshToken').consume('r1')
    await store.model('RefreshToken').destroy('r2')

    // The first one is not closed: it stands for a process that was killed.
    const again = new FileStore(path)

    expect(await again.model('Grant').find('g1')).toMatchObject({ accountId: 'ada' })
    expect(await again.model('RefreshToken').find('r1')).toMatchObject({ consumed: expect.any(Number) })
    expect(await again.model('RefreshToken').find('r2')).toBeUndefined()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    store.close()
    again.close()
  })

  test('forgets a line that a kill cut short', async () => {
    const path = join(folder, 'torn.jsonl')
    const store = new FileStore(path)
    await store.model('Grant').upsert('g1', { accountId: 'ada' })
    store.close()
    await appendFile(path, '["Grant","g2",{"payl')

    const again = new FileStore(path)
    await again.model('Grant').upsert('g3', { accountId: 'grace' })
    again.close()

    const last = new FileStore(path)
    expect([...last.model('Grant').live()]).toEqual([{ accountId: 'ada' }, { accountId: 'grace' }])
    last.close()
  })

  test('drops what has expired', async () => {
    const path = join(folder, 'expired.jsonl')
    const store = new FileStore(path)
    await store.model('Session').upsert('old', { uid: 'u' }, -1)
    await store.model('Session').upsert('new', { uid: 'v' }, 60)

    const found = await Promise.all([store.model('Session').find('old'), store.model('Session').findByUid('v')])
    store.close()
    new FileStore(path).close()

    expect(found).toEqual([undefined, { uid: 'v' }])
    expect(await readFile(path, 'utf8')).not.toContain('"old"')
  })

  test('revokes the tokens of one grant and no other', async () => {
    const store = new FileStore(join(folder, 'revoke.jsonl'))
    const tokens = store.model('AccessToken')
    await tokens.upsert('a', { grantId: 'g1' })
    await tokens.upsert('b', { grantId: 'g1' })
    await tokens.upsert('c', { grantId: 'g2' })

    await tokens.revokeByGrantId('g1')

    expect([...tokens.live()]).toEqual([{ grantId: 'g2' }])
    store.close()
  })

  test('writes its file anew before superfluous lines fill it', async () => {
    const path = join(folder, 'compact.jsonl')
    const store = new FileStore(path)

    for (let n = 0; n < 25_000; n += 1) await store.model('Session').upsert('s', { uid: `u${n}` }, 60)
    store.close()

    const lines = (await readFile(path, 'utf8')).trim().split('\n')
    expect(lines.length).toBeLessThan(11_000)
    expect(lines.at(-1)).toContain('"u24999"')
  })
})
