import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { errorWords } from '../../lib/domain/connect/landing.ts'
import { ScriptedBrowser } from '../support/browser.ts'
import {
  answerPage,
  aTicket,
  type PageArrival,
  pageOf,
  textOf,
  throughConsent,
  toLastPage,
} from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'
import { aCaller, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'

let scene: BrowserScene
let ada: Caller
beforeAll(async () => {
  scene = await aBrowserScene(({ url }) => ({ SUCCESS_URL: `${url}/good?from=gk`, ERROR_URL: `${url}/bad` }))
  ada = await anAdmin(scene.grantkeeper)
})
afterEach(() => scene.grantkeeper.upstream.control.resetBehaviour())
afterAll(() => scene.close())

interface Walk {
  readonly browser: ScriptedBrowser
  readonly redirect: URL
  readonly provider: Json
}

/** To where the provider sends the browser back, with a provider of its own. */
const walk = async ({ deny = false, ...overrides }: Record<string, unknown> = {}): Promise<Walk> => {
  const provider = await aProvider(scene.grantkeeper, { name: 'Ends', ...overrides })
  const link = await aTicket(scene.grace, provider.id)
  return { provider, ...(await throughConsent(link, { account: 'ending', deny: deny === true })) }
}
const comeBack = async ({ browser, redirect }: Walk): Promise<PageArrival> => pageOf(await browser.open(redirect))
const fail = (status: number, body: string): void =>
  scene.grantkeeper.upstream.control.setBehaviour({
    failNext: [{ endpoint: 'token', times: 2, status, body, beforeWork: true }],
  })
const errorOf = ({ url }: PageArrival): string => url.href.replace(scene.application.url, '')

describe('with pages of one’s own configured, the browser ends', () => {
  test('at the one for success, with the id of the connection', async () => {
    const way = await walk()

    const end = await answerPage(way.browser, await comeBack(way), 'keep')

    const [grant] = (await scene.grantsOf(scene.grace)).filter(({ provider }) => provider.id === way.provider.id)
    expect(errorOf(end)).toBe(`/good?from=gk&connection=${grant.id}`)
  })

  test.each<[string, () => Promise<PageArrival>, string]>([
    ['the person has denied', async () => comeBack(await walk({ deny: true })), 'access_denied'],
    [
      'the person has declined',
      async () => {
        const way = await walk()
        return answerPage(way.browser, await comeBack(way), 'decline')
      },
      'access_denied',
    ],
    [
      'the connection is made already',
      async () => {
        const way = await walk()
        await answerPage(way.browser, await comeBack(way), 'keep')
        return comeBack(way)
      },
      'expired',
    ],
    [
      'it took too long',
      async () => {
        const way = await walk()
        await scene.rows.change(await scene.flowOf(way.redirect), { expiresAt: Date.now() - 1 })
        return comeBack(way)
      },
      'expired',
    ],
    [
      'the provider was switched off',
      async () => {
        const way = await walk()
        await ada.patch(`/providers/${way.provider.id}/`, { status: 'disabled' })
        return comeBack(way)
      },
      'provider_inactive',
    ],
    [
      'somebody else was faster with a shared provider',
      async () => {
        const way = await walk({ shared: true })
        const page = await comeBack(way)
        const linus = await aCaller(scene.grantkeeper, { user: 'linus' })
        const faster = await toLastPage(await aTicket(linus, way.provider.id), 'faster')
        await answerPage(faster.browser, faster.page, 'keep')
        return answerPage(way.browser, page, 'keep')
      },
      'already_connected',
    ],
    [
      'the provider fails',
      async () => {
        const way = await walk()
        fail(500, '<script>alert(1)</script>')
        return comeBack(way)
      },
      'provider_unavailable',
    ],
    [
      'the provider refuses the code',
      async () => {
        const way = await walk()
        fail(400, JSON.stringify({ error: 'invalid_grant', error_description: '<script>alert(1)</script>' }))
        return comeBack(way)
      },
      'provider_failed',
    ],
    [
      'the provider’s answer cannot be used',
      async () => {
        const way = await walk()
        fail(200, '<script>alert(1)</script>')
        return comeBack(way)
      },
      'provider_failed',
    ],
    [
      'another issuer has answered',
      async () => {
        const way = await walk()
        way.redirect.searchParams.set('iss', 'https://evil.example')
        return comeBack(way)
      },
      'provider_failed',
    ],
  ])('at the one for errors, with a word of ours, when %s', async (_, go, word) => {
    expect(errorOf(await go())).toBe(`/bad?error=${word}`)
  })

  test.each<[string, (way: Walk) => Promise<PageArrival>, string]>([
    [
      'in another browser',
      async ({ redirect }) => pageOf(await new ScriptedBrowser().open(redirect)),
      'This is another browser',
    ],
    [
      'with a state of nobody',
      async (way) => {
        way.redirect.searchParams.set('state', 'nobodys')
        return comeBack(way)
      },
      'Return to your application',
    ],
  ])('nowhere else %s', async (_, go, says) => {
    const page = await go(await walk())

    expect(page.url.origin).toBe(scene.grantkeeper.url)
    expect(textOf(page)).toContain(says)
  })
})

describe('the words for errors', () => {
  test('are few, and hold nothing that would need escaping', () => {
    expect([...new Set(Object.values(errorWords))].sort()).toEqual([
      'access_denied',
      'already_connected',
      'expired',
      'provider_failed',
      'provider_inactive',
      'provider_unavailable',
    ])
  })
})
