import { describe, expect, test } from 'vitest'
import { playedProviders } from '../../../lib/local/stand-in/played-provider.ts'
import { useStandIn } from './stage.ts'
import { tokensIn } from './visitor.ts'

const stage = useStandIn()

describe.each(playedProviders)('%s, asked as its manual says,', (provider) => {
  test('connects, shows the profile, refreshes and revokes', async () => {
    const visitor = stage.visitor(provider)
    const { manual } = visitor

    const first = await visitor.connect()

    expect(await visitor.shows(first.access)).toBe(true)
    expect(first.refresh !== '').toBe(manual.refreshes !== 'never')
    expect(stage.control.liveGrants(provider)).toHaveLength(1)

    const second = manual.refreshes === 'never' ? first : tokensIn(await visitor.refresh(first.refresh))

    expect(second.access === first.access).toBe(manual.refreshes === 'never')
    if (manual.refreshes === 'rotating') expect(['', first.refresh]).not.toContain(second.refresh)
    else expect(['', first.refresh]).toContain(second.refresh)
    expect(await visitor.shows(second.access)).toBe(true)

    const held = { access: second.access, refresh: second.refresh || first.refresh }
    const revoked = manual.revoke && (await visitor.call(manual.revoke, held))

    expect(revoked?.status).toBe(manual.revoke && (manual.revoke.status ?? 200))
    expect(await visitor.shows(second.access)).toBe(manual.revoke === undefined)
    stage.control.revokeGrant(provider, '')
    expect(stage.control.liveGrants(provider)).toEqual([])
  })
})
