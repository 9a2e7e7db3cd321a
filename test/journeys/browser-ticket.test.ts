import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ScriptedBrowser } from '../support/browser.ts'
import {
  answerPage,
  askForTicket,
  aTicket,
  pageOf,
  textOf,
  throughConsent,
  toLastPage,
} from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'
import { aCaller, aProvider, type Json } from '../support/grantkeeper.ts'

let scene: BrowserScene
beforeAll(async () => {
  scene = await aBrowserScene()
})
afterEach(() => scene.grantkeeper.upstream.control.resetBehaviour())
afterAll(() => scene.close())

/** Back to the application. */
const here = () => ({ returnTo: scene.returnTo })

describe('a ticket', () => {
  test('is a link that is good for a minute', async () => {
    const before = Date.now()

    const { status, body } = await askForTicket(scene.grace, scene.provider.slug)

    expect(status).toBe(201)
    expect(body.url).toMatch(new RegExp(`^${scene.grantkeeper.url}/oauth2/connect\\?ticket=[\\w-]{43}$`))
    const seconds = (Date.parse(body.expiresAt) - before) / 1000
    expect(seconds).toBeGreaterThan(59)
    expect(seconds).toBeLessThan(65)
  })

  test('stands nowhere in the table, but for its hash', async () => {
    const ticket = new URL(await aTicket(scene.grace, scene.provider.id)).searchParams.get('ticket') ?? ''

    const stored = await scene.rows.of('TICKET#')

    expect(stored.length).toBeGreaterThan(0)
    expect(JSON.stringify(stored)).not.toContain(ticket)
    for (const { ttl, expiresAt } of stored) expect(ttl).toBeGreaterThan(expiresAt / 1000)
  })

  test.each([
    ['is finished by the application where it says where to return to', here, 'app'],
    ['is finished on a page where it does not', () => ({}), 'page'],
    ['may return to the application from the page', () => ({ ...here(), completion: 'page' }), 'page'],
  ])('%s', async (_, request, completion) => {
    await aTicket(scene.grace, scene.provider.id, request())

    const [newest] = (await scene.rows.of('TICKET#')).sort((a, b) => b.expiresAt - a.expiresAt)
    expect(newest?.completion).toBe(completion)
  })

  test.each<[string, () => Json, string]>([
    ['an illegal id', () => ({ integrationId: 'a b' }), 'integrationId'],
    ['no id', () => ({ integrationId: undefined }), 'integrationId'],
    ['an unknown way to finish', () => ({ completion: 'both' }), 'completion'],
    ['an application that is to finish and is nowhere', () => ({ completion: 'app' }), 'returnTo'],
    ['another host', () => ({ returnTo: 'https://evil.example/' }), 'returnTo'],
    ['a place below', () => ({ returnTo: `${scene.returnTo}/x` }), 'returnTo'],
    ['the place without its query', () => ({ returnTo: scene.returnTo.split('?')[0] }), 'returnTo'],
    ['the place with more of a query', () => ({ returnTo: `${scene.returnTo}&a=b` }), 'returnTo'],
    ['the place with a fragment', () => ({ returnTo: `${scene.returnTo}#a` }), 'returnTo'],
    ['the place in another spelling', () => ({ returnTo: scene.returnTo.replace('http:', 'HTTP:') }), 'returnTo'],
    ['the place with a user', () => ({ returnTo: scene.returnTo.replace('//', '//user@') }), 'returnTo'],
    [
      'a host that only begins so',
      () => ({ returnTo: scene.returnTo.replace('127.0.0.1', '127.0.0.1.evil.example') }),
      'returnTo',
    ],
    [
      'the place with a dot segment',
      () => ({ returnTo: scene.returnTo.replace('/connected', '/./connected') }),
      'returnTo',
    ],
    ['no URL', () => ({ returnTo: 'javascript:alert(1)' }), 'returnTo'],
    ['a relative URL', () => ({ returnTo: '//evil.example' }), 'returnTo'],
    ["Grantkeeper's own callback", () => ({ returnTo: scene.provider.callbackUrl }), 'returnTo'],
    ['nothing', () => ({ returnTo: '' }), 'returnTo'],
  ])('is refused for %s', async (_, request, field) => {
    const { status, body } = await askForTicket(scene.grace, scene.provider.id, request())

    expect([status, body.errorFields?.[0]?.name]).toEqual([422, field])
  })

  test('is refused for a provider that is not active, is shared and taken, or is not there', async () => {
    const paused = await aProvider(scene.grantkeeper, { slug: 'paused' })
    const ada = await aCaller(scene.grantkeeper, { user: 'ada', roles: ['admin'] })
    await ada.patch(`/providers/${paused.id}/`, { status: 'inactive' })
    const shared = await aProvider(scene.grantkeeper, { shared: true })
    const { browser, page } = await toLastPage(await aTicket(scene.grace, shared.id), 'of-all')
    await answerPage(browser, page, 'keep')
    const linus = await aCaller(scene.grantkeeper, { user: 'linus' })

    const refused = [
      await askForTicket(scene.grace, 'paused'),
      await askForTicket(linus, shared.id),
      await askForTicket(scene.grace, 'unknown'),
      await askForTicket(await aCaller(scene.grantkeeper, { org: 'globex' }), scene.provider.id),
    ]

    expect(refused.map(({ status }) => status)).toEqual([409, 409, 404, 404])
    expect(refused[3]?.text).toBe(refused[2]?.text)
  })
})

describe('the page of a ticket', () => {
  test('names user, organization and scene.provider, and leads nowhere by itself', async () => {
    const link = await aTicket(scene.grace, scene.provider.id)
    scene.grantkeeper.upstream.control.clearRequests()

    const response = await fetch(link, { redirect: 'manual' })
    const html = await response.text()

    expect(response.status).toBe(200)
    for (const name of ['grace', 'acme', 'Demo drive', new URL(scene.grantkeeper.upstream.issuer).host]) {
      expect(html).toContain(`<bdi>${name}</bdi>`)
    }
    expect(response.headers.get('refresh')).toBeNull()
    expect(html).not.toMatch(/<script|http-equiv|<img|<link|\son\w+=/i)
    expect(scene.grantkeeper.upstream.control.requests()).toEqual([])
  })

  test('sends its form to the scene.provider, with a cookie that this flow alone knows', async () => {
    const link = await aTicket(scene.grace, scene.provider.id)
    const opened = await fetch(link)
    const html = await opened.text()
    const field = (name: string): string => new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? ''

    const sent = await fetch(link.split('?')[0] ?? '', {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: opened.headers.get('set-cookie')?.split(';')[0] ?? '' },
      body: new URLSearchParams({ ticket: field('ticket'), csrf: field('csrf') }),
    })

    expect(sent.status).toBe(303)
    const location = new URL(sent.headers.get('location') ?? '')
    expect(location.origin).toBe(scene.grantkeeper.upstream.issuer)
    expect(location.searchParams.get('redirect_uri')).toBe(scene.provider.callbackUrl)
    const cookie = /^__Host-gk-[\w-]{16}=[\w-]{43}; Path=\/; Max-Age=1800; Secure; HttpOnly; SameSite=Lax$/
    expect(sent.headers.get('set-cookie')).toMatch(cookie)
    expect(opened.headers.get('set-cookie')).toMatch(cookie)
    expect(sent.headers.get('set-cookie')?.split('=')[0]).not.toBe(opened.headers.get('set-cookie')?.split('=')[0])
  })

  test('may be opened ahead of the person, and loaded again', async () => {
    const link = await aTicket(scene.grace, scene.provider.id)
    const browser = new ScriptedBrowser()

    await fetch(link)
    await browser.open(link)
    const page = pageOf(await browser.open(link))

    expect([page.status, page.forms.length]).toEqual([200, 1])
    const { redirect } = await throughConsent(link, { browser })
    expect(redirect.searchParams.get('code')).not.toBeNull()
  })

  test('gives time to read to who has opened it within the minute', async () => {
    const link = await aTicket(scene.grace, scene.provider.id)
    const browser = new ScriptedBrowser()
    const page = pageOf(await browser.open(link))
    for (const row of await scene.rows.of('TICKET#'))
      await scene.rows.change(row as never, { expiresAt: Date.now() - 1 })

    const again = pageOf(await browser.open(link))
    const elsewhere = pageOf(await new ScriptedBrowser().open(link))
    const [form] = page.forms
    const gone = form && (await browser.submit(form, {}))

    expect([again.status, elsewhere.status]).toEqual([200, 400])
    expect(textOf(elsewhere)).toContain('This link is no longer good')
    expect(gone?.url.origin).toBe(scene.grantkeeper.upstream.issuer)
  })
})
