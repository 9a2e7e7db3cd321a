import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { answerPage, aTicket, completeHandle, pageOf, throughConsent, toLastPage } from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'
import { checked } from '../support/conforms.ts'
import { aCaller, aProvider } from '../support/grantkeeper.ts'
import { sweepFlows } from '../support/sweep-flows.ts'

let scene: BrowserScene
beforeAll(async () => {
  scene = await aBrowserScene()
})
afterEach(() => scene.grantkeeper.upstream.control.resetBehaviour())
afterAll(() => scene.close())

/** Back to the application. */
const here = () => ({ returnTo: scene.returnTo })

describe('a connection that the application finishes', () => {
  const handleOf = async (link: string, account: string) => {
    const { redirect, page } = await toLastPage(link, account)
    return { handle: page.url.searchParams.get('handle'), url: page.url, redirect }
  }

  test('is made by its handle, under the token of the same user; until then nothing is exchanged', async () => {
    const before = scene.tokenRequests()
    const { handle, url, redirect } = await handleOf(await aTicket(scene.grace, scene.provider.id, here()), 'by-handle')
    expect(scene.tokenRequests()).toBe(before)

    const { status, body } = await completeHandle(scene.grace, handle)

    expect(url.href).toBe(`${scene.returnTo}&handle=${handle}`)
    expect([status, body.integrationId, body.ownerId, body.isShared]).toEqual([201, scene.provider.id, 'grace', false])
    expect((await scene.grantsOf(scene.grace)).find(({ id }) => id === body.id)).toMatchObject({
      accountId: 'by-handle',
    })
    expect(await scene.flowOf(redirect)).toBeUndefined()
  })

  test('may be begun by the back end of the application, with the token of the user', async () => {
    const answer = await scene.grace.get(
      `//api/integrations/${scene.provider.slug}/connect?${new URLSearchParams(here())}`,
    )
    const { handle } = await handleOf(answer.headers.get('location') ?? '', 'by-back-end')

    const completed = await completeHandle(scene.grace, handle)

    expect([answer.status, answer.text, answer.headers.get('set-cookie')]).toEqual([302, '', null])
    expect(completed.status).toBe(201)
    expect(await scene.accountsOf(scene.grace)).toContain('by-back-end')
  })

  test('is finished by the service that acts for the user as well', async () => {
    const service = checked(
      await aCaller(scene.grantkeeper, { user: 'bot', roles: ['service'], headers: { 'x-on-behalf-of': 'grace' } }),
    )
    const { handle } = await handleOf(await aTicket(service, scene.provider.id, here()), 'for-grace')

    const { status, body } = await completeHandle(service, handle)

    expect([status, body.ownerId]).toEqual([201, 'grace'])
  })

  test('has one handle at a time: the browser may come back again, and brings a new one', async () => {
    const { browser, redirect } = await throughConsent(await aTicket(scene.grace, scene.provider.id, here()), {
      account: 'twice-back',
    })
    const [first, second] = [pageOf(await browser.open(redirect)), pageOf(await browser.open(redirect))]

    const outdated = await completeHandle(scene.grace, first.url.searchParams.get('handle'))
    const completed = await completeHandle(scene.grace, second.url.searchParams.get('handle'))

    expect([outdated.status, completed.status]).toEqual([400, 201])
  })

  test('is finished once, however often its handle is sent at once', async () => {
    const { handle } = await handleOf(await aTicket(scene.grace, scene.provider.id, here()), 'many-handles')
    const before = scene.tokenRequests()

    const answers = await Promise.all(Array.from({ length: 10 }, () => completeHandle(scene.grace, handle)))
    const late = await completeHandle(scene.grace, handle)

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9)
    expect(late.status).toBe(400)
    expect(scene.tokenRequests()).toBe(before + 1)
  })

  test('may be tried again after a failure that passes', async () => {
    const { handle } = await handleOf(await aTicket(scene.grace, scene.provider.id, here()), 'handle-again')
    scene.grantkeeper.upstream.control.setBehaviour({
      failNext: [{ endpoint: 'userinfo', times: 1, status: 503, beforeWork: true }],
    })

    const failed = await completeHandle(scene.grace, handle)
    const completed = await completeHandle(scene.grace, handle)

    expect([failed.status, completed.status]).toEqual([502, 201])
  })

  test('is told when the person has denied it', async () => {
    const { browser, redirect } = await throughConsent(await aTicket(scene.grace, scene.provider.id, here()), {
      deny: true,
    })

    const end = pageOf(await browser.open(redirect))

    expect(end.url.href).toBe(`${scene.returnTo}&error=access_denied`)
    expect(await scene.flowOf(redirect)).toBeUndefined()
  })
})

describe('a connection that a token alone has begun, without a place to return to', () => {
  test('is finished on the page, by the browser that the answer reached', async () => {
    const begun = await fetch(`${scene.grantkeeper.url}/api/integrations/${scene.provider.id}/connect`, {
      headers: { authorization: `Bearer ${scene.grace.token}` },
      redirect: 'manual',
    })
    const { redirect } = await throughConsent(begun.headers.get('location') ?? '', { account: 'by-token' })
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''

    const without = await fetch(redirect)
    const withCookie = await fetch(redirect, { headers: { cookie } })

    expect([begun.status, without.status, withCookie.status]).toEqual([302, 400, 200])
    expect(await without.text()).toContain('This is another browser')
    expect(await withCookie.text()).toContain('Keep this connection?')
    await sweepFlows(scene.grantkeeper, scene.rows)
  })

  test.each([
    ['a place that is not on the list', () => `?${new URLSearchParams({ returnTo: 'https://evil.example' })}`, 422],
    ['two places', () => `?returnTo=${encodeURIComponent(scene.returnTo)}&returnTo=x`, 422],
  ])('is refused with %s', async (_, query, status) => {
    expect((await scene.grace.get(`//api/integrations/${scene.provider.id}/connect${query()}`)).status).toBe(status)
  })

  test('is refused without a token, and for what is not there', async () => {
    const nobody = await fetch(`${scene.grantkeeper.url}/api/integrations/${scene.provider.id}/connect`, {
      redirect: 'manual',
    })

    expect(nobody.status).toBe(401)
    expect((await scene.grace.get('//api/integrations/unknown/connect')).status).toBe(404)
  })
})

describe('a provider that was registered with the one redirect URI of all', () => {
  test('comes back there', async () => {
    const all = `${scene.grantkeeper.url}/oauth2/callback`
    const shared = await aProvider(scene.grantkeeper, { redirectUris: [all] })

    const { browser, redirect, page } = await toLastPage(await aTicket(scene.grace, shared.id), 'by-one-for-all')
    await answerPage(browser, page, 'keep')

    expect(redirect.href.split('?')[0]).toBe(all)
    expect(await scene.accountsOf(scene.grace)).toContain('by-one-for-all')
  })
})
