import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { playedProviders } from '../../../lib/local/stand-in/played-provider.ts'
import { type StandIn, startStandIn } from '../../../lib/local/stand-in/stand-in.ts'
import { tokensIn, Visitor } from './visitor.ts'

let dataDir: string
let standIn: StandIn

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stand-in-'))
  standIn = await startStandIn({ dataDir, port: 0 })
})

afterAll(async () => {
  await standIn.close()
  await rm(dataDir, { recursive: true })
})

const at = (body: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], body)

describe.each(playedProviders)('%s, asked as its manual says,', (provider) => {
  test('connects, shows the profile, refreshes and revokes', async () => {
    const visitor = new Visitor(standIn, provider)
    const { manual } = visitor
    const [pointer, id] = manual.id

    const first = await visitor.connect()
    const profile = await visitor.user(first.access)

    expect(profile.status).toBe(200)
    expect(at(profile.body, pointer)).toEqual(id)
    expect(standIn.control.liveGrants(provider)).toHaveLength(1)

    const second = tokensIn(await visitor.refresh(first.refresh))

    expect(second.access).not.toBe(first.access)
    expect(second.refresh !== '' && second.refresh !== first.refresh).toBe(manual.rotates)
    expect((await visitor.user(second.access)).status).toBe(200)

    const held = { access: second.access, refresh: second.refresh || first.refresh }
    const revoked = manual.revoke && (await visitor.call(manual.revoke, held))

    expect(revoked?.status).toBe(manual.revoke && (manual.revoke.status ?? 200))
    expect((await visitor.user(second.access)).status === 200).toBe(manual.revoke === undefined)
    standIn.control.revokeGrant(provider, '')
    expect(standIn.control.liveGrants(provider)).toEqual([])
  })
})
