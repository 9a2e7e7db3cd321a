import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { answerPage, aTicket, pageOf, textOf, throughConsent, toLastPage } from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'
import { sweepFlows } from '../support/sweep-flows.ts'

let scene: BrowserScene
beforeAll(async () => {
  scene = await aBrowserScene()
})
afterEach(() => scene.grantkeeper.upstream.control.resetBehaviour())
afterAll(() => scene.close())

/** Back to the application. */
const here = () => ({ returnTo: scene.returnTo })

describe('a connection that is finished on a page', () => {
  test('is made by the last page, which names the account and whose it becomes', async () => {
    const { browser, redirect, page } = await toLastPage(await aTicket(scene.grace, scene.provider.id), 'page-account')

    const before = await scene.accountsOf(scene.grace)
    const end = await answerPage(browser, page, 'keep')

    expect(page.status).toBe(200)
    expect(textOf(page)).toContain('Page-account Example page-account page-account@example.test')
    expect(page.html).toContain('<dd><bdi>grace</bdi></dd>')
    expect(page.html).toContain('<dd><bdi>acme</bdi></dd>')
    expect(before).not.toContain('page-account')
    expect(textOf(end)).toContain('Your account is connected')
    const grant = (await scene.grantsOf(scene.grace)).find(({ accountId }) => accountId === 'page-account')
    expect((await scene.grace.post(`/authorizedProviders/${grant.id}/accessToken/`)).status).toBe(201)
    expect(await scene.flowOf(redirect)).toBeUndefined()
  })

  test('is not made when the person declines, and its tokens are revoked', async () => {
    const { browser, redirect, page } = await toLastPage(
      await aTicket(scene.grace, scene.provider.id),
      'declined-account',
    )
    expect(await scene.liveAccounts()).toContain('declined-account')

    const end = await answerPage(browser, page, 'decline')

    expect(textOf(end)).toContain('Nothing was connected')
    expect(await scene.accountsOf(scene.grace)).not.toContain('declined-account')
    expect(await scene.liveAccounts()).not.toContain('declined-account')
    expect(await scene.flowOf(redirect)).toBeUndefined()
  })

  test('is not made when nobody answers: the sweeper revokes the tokens in the end', async () => {
    const { browser, redirect, page } = await toLastPage(await aTicket(scene.grace, scene.provider.id), 'left-alone')
    const flow = await scene.flowOf(redirect)

    expect(flow.dueAt).toBe(flow.expiresAt)
    expect(flow).not.toHaveProperty('ttl')
    await sweepFlows(scene.grantkeeper, scene.rows)

    expect(await scene.liveAccounts()).not.toContain('left-alone')
    expect(textOf(await answerPage(browser, page, 'keep'))).toContain('This connection is over')
    expect(await scene.accountsOf(scene.grace)).not.toContain('left-alone')
  })

  test('asks the provider once, however often its pages are loaded and sent', async () => {
    const { browser, redirect, page } = await toLastPage(await aTicket(scene.grace, scene.provider.id), 'reloading')
    const before = scene.tokenRequests()

    const again = pageOf(await browser.open(redirect))
    const ends = await Promise.all([1, 2, 3].map(() => answerPage(browser, again, 'keep')))
    const late = await answerPage(browser, page, 'decline')
    const back = pageOf(await browser.open(redirect))

    expect(again.html).toBe(page.html)
    expect(scene.tokenRequests()).toBe(before)
    expect(ends.filter(({ status }) => status === 200)).toHaveLength(1)
    expect([late.status, back.status]).toEqual([400, 400])
    expect(textOf(back)).toContain('This connection is over')
    expect((await scene.accountsOf(scene.grace)).filter((account) => account === 'reloading')).toHaveLength(1)
    expect(await scene.liveAccounts()).toContain('reloading')
  })

  test('goes on after a failure that passes, when the page is loaded again', async () => {
    const { browser, redirect } = await throughConsent(await aTicket(scene.grace, scene.provider.id), {
      account: 'second-try',
    })
    scene.grantkeeper.upstream.control.setBehaviour({
      failNext: [{ endpoint: 'userinfo', times: 1, status: 500, beforeWork: true }],
    })

    const failed = pageOf(await browser.open(redirect))
    const page = pageOf(await browser.open(redirect))
    await answerPage(browser, page, 'keep')

    expect([failed.status, page.status]).toEqual([502, 200])
    expect(textOf(failed)).toContain('Load this page again')
    expect(await scene.accountsOf(scene.grace)).toContain('second-try')
  })

  test('says that access was refused, also when the page is loaded again', async () => {
    const { browser, redirect } = await throughConsent(await aTicket(scene.grace, scene.provider.id), { deny: true })

    const pages = [pageOf(await browser.open(redirect)), pageOf(await browser.open(redirect))]

    expect(pages.map(({ status }) => status)).toEqual([400, 400])
    for (const page of pages) expect(textOf(page)).toContain('Access was not granted')
    expect(await scene.flowOf(redirect)).toBeUndefined()
  })

  test('ends at the application, when it says where', async () => {
    const ask = () => aTicket(scene.grace, scene.provider.id, { ...here(), completion: 'page' })
    const kept = await toLastPage(await ask(), 'back-at-last')
    const refused = await toLastPage(await ask(), 'back-without')
    const denied = await throughConsent(await ask(), { deny: true })

    const ends = [
      await answerPage(kept.browser, kept.page, 'keep'),
      await answerPage(refused.browser, refused.page, 'decline'),
      pageOf(await denied.browser.open(denied.redirect)),
    ]

    const grant = (await scene.grantsOf(scene.grace)).find(({ accountId }) => accountId === 'back-at-last')
    expect(ends.map(({ url }) => url.href)).toEqual([
      `${scene.returnTo}&connection=${grant.id}`,
      `${scene.returnTo}&error=access_denied`,
      `${scene.returnTo}&error=access_denied`,
    ])
  })
})
