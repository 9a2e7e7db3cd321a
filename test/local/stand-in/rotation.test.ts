import { describe, expect, test } from 'vitest'
import type { PlayedProvider } from '../../../lib/local/stand-in/played-provider.ts'
import { useStandIn } from './stage.ts'
import { tokensIn, type Visitor } from './visitor.ts'

const stage = useStandIn()
const DAY = 24 * 3600

/** Refreshes once; gives the tokens before and after. */
async function refreshed(visitor: Visitor) {
  const first = await visitor.connect()
  return { first, second: tokensIn(await visitor.refresh(first.refresh)) }
}

const isRefused = async (visitor: Visitor, refresh: string) =>
  (await visitor.refresh(refresh)).body?.access_token === undefined

describe('refreshing', () => {
  type Row = [PlayedProvider, oldAccessLives: boolean, oldRefreshLives: boolean]

  test.each<Row>([
    ['github', false, false],
    ['gitlab', false, false],
    ['bitbucket', true, true],
    ['google', true, true],
    ['box', true, false],
    ['microsoft', true, true],
    ['atlassian', true, true],
    ['notion', true, false],
    ['salesforce', true, true],
    ['hubspot', true, true],
    ['dropbox', true, true],
    ['linear', true, false],
    ['zoom', true, false],
    ['asana', true, true],
    ['discord', true, false],
  ])('at %s leaves the old access token: %s, and the old refresh token: %s', async (provider, access, refresh) => {
    const visitor = stage.visitor(provider)
    const { first, second } = await refreshed(visitor)

    expect(await visitor.shows(first.access)).toBe(access)
    expect(await isRefused(visitor, first.refresh)).toBe(!refresh)
    expect(await visitor.shows(second.access)).toBe(true)
  })

  test.each(['bitbucket', 'atlassian'] as const)('at %s has a grace of ten minutes', async (provider) => {
    const visitor = stage.visitor(provider)
    const { first, second } = await refreshed(visitor)

    stage.control.advance(590)
    const within = await isRefused(visitor, first.refresh)
    stage.control.advance(15)
    const beyond = await isRefused(visitor, first.refresh)

    expect([within, beyond]).toEqual([false, true])
    // Where reuse beyond the grace is taken for theft, everything ends with it.
    expect(await isRefused(visitor, second.refresh)).toBe(provider === 'atlassian')
    expect(await visitor.shows(second.access)).toBe(provider !== 'atlassian')
  })

  test('with one single-use token many times at once gives tokens once', async () => {
    const visitor = stage.visitor('gitlab')
    const { refresh } = await visitor.connect()

    const answers = await Promise.all(Array.from({ length: 10 }, () => visitor.refresh(refresh)))

    expect(answers.filter(({ body }) => body?.access_token !== undefined)).toHaveLength(1)
  })

  test('says the same refresh token again at HubSpot, and none at Google', async () => {
    const [hubspot, google] = [await refreshed(stage.visitor('hubspot')), await refreshed(stage.visitor('google'))]

    expect(hubspot.second.refresh).toBe(hubspot.first.refresh)
    expect(google.second.reply.body).not.toHaveProperty('refresh_token')
  })

  test('may narrow the scopes of one answer, not those of the grant', async () => {
    const visitor = stage.visitor('microsoft')
    const { refresh } = await visitor.connect()

    const narrow = await visitor.refresh(refresh, { scope: 'openid offline_access' })
    const wide = await visitor.refresh(narrow.body?.refresh_token, { scope: 'User.Read offline_access' })

    expect([narrow.body?.scope, wide.body?.scope]).toEqual(['openid', 'https://graph.microsoft.com/User.Read'])
  })
})

describe('an unused refresh token', () => {
  type Row = [PlayedProvider, days: number, error: string]

  test.each<Row>([
    ['github', 184, 'bad_refresh_token'],
    ['bitbucket', 90, 'invalid_grant'],
    ['google', 180, 'invalid_grant'],
    ['box', 60, 'invalid_grant'],
    ['microsoft', 90, 'invalid_grant'],
    ['atlassian', 90, 'invalid_grant'],
    ['zoom', 90, 'invalid_grant'],
  ])('of %s ends after %i days', async (provider, days, error) => {
    const visitor = stage.visitor(provider)
    const [{ refresh: early }, { refresh: late }] = [await visitor.connect(), await visitor.connect()]

    stage.control.advance(days * DAY - 60)
    const intime = await isRefused(visitor, early)
    stage.control.advance(60)

    expect(intime).toBe(false)
    expect((await visitor.refresh(late)).body?.error).toBe(error)
  })

  test('lives on when it is used', async () => {
    const visitor = stage.visitor('google')
    const { refresh } = await visitor.connect()

    stage.control.advance(100 * DAY)
    await visitor.refresh(refresh)
    stage.control.advance(100 * DAY)

    expect(await isRefused(visitor, refresh)).toBe(false)
  })

  test('lives on at Atlassian, but for no more than a year', async () => {
    const visitor = stage.visitor('atlassian')
    let { refresh } = await visitor.connect()

    for (let quarter = 1; quarter <= 4; quarter += 1) {
      stage.control.advance(89 * DAY)
      refresh = tokensIn(await visitor.refresh(refresh)).refresh
    }
    stage.control.advance(10 * DAY)

    expect(await isRefused(visitor, refresh)).toBe(true)
  })

  test('says at Box and Microsoft that it has expired', async () => {
    const [box, microsoft] = [stage.visitor('box'), stage.visitor('microsoft')]
    const [{ refresh: ofBox }, { refresh: ofMicrosoft }] = [await box.connect(), await microsoft.connect()]

    stage.control.advance(91 * DAY)

    expect((await box.refresh(ofBox)).body?.error_description).toBe('Refresh token has expired')
    expect((await microsoft.refresh(ofMicrosoft)).body?.error_codes).toEqual([700082])
  })
})

describe('too many tokens end the oldest', () => {
  test('at Google beyond a hundred refresh tokens', async () => {
    const visitor = stage.visitor('google')
    const { refresh: first } = await visitor.connect()
    const { refresh: second } = await visitor.connect()

    for (let n = 3; n <= 101; n += 1) await visitor.connect()

    expect(await isRefused(visitor, first)).toBe(true)
    expect(await isRefused(visitor, second)).toBe(false)
  })

  test('at GitHub beyond ten access tokens of the same scopes', async () => {
    const visitor = stage.visitor('github')
    const { access: first } = await visitor.connect()
    const { access: second } = await visitor.connect()
    const { access: other } = await visitor.connect({ scope: 'repo' })

    for (let n = 3; n <= 11; n += 1) await visitor.connect()

    expect([await visitor.shows(first), await visitor.shows(second), await visitor.shows(other)]).toEqual([
      false,
      true,
      true,
    ])
  })
})
