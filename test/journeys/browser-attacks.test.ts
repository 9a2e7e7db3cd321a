import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ScriptedBrowser } from '../support/browser.ts'
import {
  answerPage,
  aTicket,
  completeHandle,
  openBare,
  pageOf,
  postForm,
  textOf,
  throughConsent,
  toLastPage,
} from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'
import { checked } from '../support/conforms.ts'
import { aCaller, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'

let scene: BrowserScene
/** Of the same organization; means harm. */
let mallory: Caller
beforeAll(async () => {
  scene = await aBrowserScene()
  mallory = checked(await aCaller(scene.grantkeeper, { user: 'mallory' }))
})
afterAll(() => scene.close())

const ticketOf = (caller: Caller, ending: Json = {}): Promise<string> => aTicket(caller, scene.provider.id, ending)
const here = () => ({ returnTo: scene.returnTo })

describe("an attacker's link in the browser of a victim", () => {
  test('says on both pages whose the account becomes, and without a yes on the last it becomes nobody’s', async () => {
    const link = await ticketOf(mallory)
    const victim = new ScriptedBrowser()

    const first = pageOf(await victim.open(link))
    const { redirect } = await throughConsent(link, { account: 'victim', browser: victim })
    const last = pageOf(await victim.open(redirect))

    for (const page of [first, last]) expect(textOf(page)).toContain('Will belong to the user mallory')
    expect(await scene.accountsOf(mallory)).not.toContain('victim')
    await answerPage(victim, last, 'decline')
    expect(await scene.accountsOf(mallory)).not.toContain('victim')
    expect(await scene.liveAccounts()).not.toContain('victim')
  })

  test('brings the handle to the application, where nobody but the attacker could use it', async () => {
    const { page } = await toLastPage(await ticketOf(mallory, here()), 'victim-two')
    const handle = page.url.searchParams.get('handle')
    const before = scene.tokenRequests()

    const asVictim = await completeHandle(scene.grace, handle)

    expect(asVictim.status).toBe(400)
    expect(scene.tokenRequests()).toBe(before)
    expect(await scene.accountsOf(scene.grace)).not.toContain('victim-two')
  })

  test('of an authorization request that the attacker has begun is refused where it comes back', async () => {
    const attacker = await openBare(await ticketOf(mallory))
    const begun = await postForm(attacker.action, attacker.fields, attacker.cookie)
    const { browser, redirect } = await throughConsent(begun.headers.get('location') ?? '', { account: 'victim-three' })
    const before = scene.tokenRequests()

    const page = pageOf(await browser.open(redirect))

    expect(page.status).toBe(400)
    expect(textOf(page)).toContain('This is another browser')
    expect(page.forms).toEqual([])
    expect(scene.tokenRequests()).toBe(before)
  })
})

describe('a callback in another browser', () => {
  test.each<[string, () => Json]>([
    ['that is finished on the page', () => ({})],
    ['that the application finishes', here],
  ])('of a flow %s stores nothing, and leaves the flow unused for its own', async (_, ending) => {
    const { browser, redirect } = await throughConsent(await ticketOf(scene.grace, ending()), {
      account: 'own-browser',
    })
    const flow = await scene.flowOf(redirect)

    const refused = await Promise.all(
      [
        '',
        '__Host-gk-x=y',
        `__Host-gk-${flow.key.slice(0, 16)}=`,
        `__Host-gk-${flow.key.slice(0, 16)}=${flow.browser}`,
      ].map((cookie) => fetch(redirect, { redirect: 'manual', headers: { cookie } })),
    )

    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400])
    for (const response of refused) expect(await response.text()).toContain('This is another browser')
    expect(await scene.flowOf(redirect)).toEqual(flow)
    expect(pageOf(await browser.open(redirect)).status).toBe(200)
  })

  test('of a flow with the cookie of another flow stores nothing', async () => {
    const [one, two] = [
      await throughConsent(await ticketOf(scene.grace)),
      await throughConsent(await ticketOf(mallory)),
    ]

    const page = pageOf(await two.browser.open(one.redirect))

    expect([page.status, page.forms]).toEqual([400, []])
  })
})

describe('a redirect that is not the one that was asked for', () => {
  const changed = (redirect: URL, change: (url: URL) => void): URL => {
    const url = new URL(redirect)
    change(url)
    return url
  }

  test.each<[string, (url: URL, others: string) => void, number, string]>([
    ['to another provider', (url, other) => (url.pathname = new URL(other).pathname), 400, 'This connection is over'],
    ['to the address of all', (url) => (url.pathname = '/oauth2/callback'), 400, 'This connection is over'],
    ['of another issuer', (url) => url.searchParams.set('iss', 'https://evil.example'), 400, 'could not be connected'],
    ['without a code', (url) => url.searchParams.delete('code'), 502, 'could not be connected'],
    ['with two codes', (url) => url.searchParams.append('code', 'another'), 502, 'could not be connected'],
    ['with two states', (url) => url.searchParams.append('state', 'another'), 200, 'Return to your application'],
    ['with another state', (url) => url.searchParams.set('state', 'another'), 200, 'Return to your application'],
  ])('%s exchanges nothing, and the flow stays unused', async (_, change, status, says) => {
    const { browser, redirect } = await throughConsent(await ticketOf(scene.grace))
    const other = await aProvider(scene.grantkeeper, { name: 'Another' })
    const flow = await scene.flowOf(redirect)
    const before = scene.tokenRequests()

    const page = pageOf(await browser.open(changed(redirect, (url) => change(url, other.callbackUrl))))

    expect([page.status, page.forms]).toEqual([status, []])
    expect(textOf(page)).toContain(says)
    expect(scene.tokenRequests()).toBe(before)
    expect(await scene.flowOf(redirect)).toEqual(flow)
  })

  test('too late is refused, though its row is still there', async () => {
    const { browser, redirect } = await throughConsent(await ticketOf(scene.grace))
    await scene.rows.change(await scene.flowOf(redirect), { expiresAt: Date.now() - 1 })
    const before = scene.tokenRequests()

    const page = pageOf(await browser.open(redirect))

    expect([page.status, textOf(page)]).toEqual([400, expect.stringContaining('This connection is over')])
    expect(scene.tokenRequests()).toBe(before)
  })

  test('for a provider that was switched off meanwhile exchanges nothing', async () => {
    const ada = await aCaller(scene.grantkeeper, { user: 'ada', roles: ['admin'] })
    const paused = await aProvider(scene.grantkeeper, { name: 'Paused' })
    const { browser, redirect } = await throughConsent(await aTicket(scene.grace, paused.id))
    await ada.patch(`/providers/${paused.id}/`, { status: 'disabled' })
    const before = scene.tokenRequests()

    const page = pageOf(await browser.open(redirect))

    expect([page.status, textOf(page)]).toEqual([409, expect.stringContaining('The provider is switched off')])
    expect(scene.tokenRequests()).toBe(before)
  })
})
