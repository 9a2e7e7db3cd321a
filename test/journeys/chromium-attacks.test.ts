import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LoopbackServer } from '../../lib/local/oauth/loopback-server.ts'
import { listenOnLoopback } from '../../lib/local/oauth/loopback-server.ts'
import { startApplication } from '../support/application.ts'
import { aTicket, openBare } from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'
import { type Chromium, describeInChromium, startChromium } from '../support/chromium.ts'
import { aPerson, headingOf, press } from '../support/chromium-people.ts'
import { aHostileProvider } from '../support/hostile-provider.ts'
import { type HostileUpstream, startHostileUpstream } from '../support/hostile-upstream.ts'

describeInChromium('a real browser', () => {
  let scene: BrowserScene
  let chromium: Chromium
  let hostile: HostileUpstream
  /** What stands before a provider: sends everybody on to it, from an origin of its own. */
  let signOn: LoopbackServer
  beforeAll(async () => {
    scene = await aBrowserScene()
    chromium = await startChromium()
    hostile = await startHostileUpstream()
    signOn = await listenOnLoopback(0)
    signOn.server.on('request', ({ url = '' }, response) => {
      response.writeHead(302, { location: hostile.endpoints.authorization + url.slice(url.indexOf('?')) }).end()
    })
  }, 120_000)
  afterAll(async () => {
    await chromium?.close()
    await signOn?.close()
    await hostile?.close()
    await scene?.close()
  })

  test.each([
    ['to the application', () => ({ returnTo: scene.returnTo }), 'The application'],
    ['to the last page', () => ({}), 'Keep this connection?'],
  ])('follows a form through redirects of other origins, where nobody is asked, %s', async (_, ending, heading) => {
    const { context, page, complaints } = await aPerson(chromium)
    const provider = await aHostileProvider(scene.grantkeeper, hostile, {
      authorizationUrl: `${signOn.url}/sign-on`,
      redirectUris: [scene.returnTo],
    })

    await page.goto(await aTicket(scene.grace, provider.id, ending()))
    await press(page, /^Continue to/)

    expect(await headingOf(page)).toBe(heading)
    expect(complaints).toEqual([])
    await context.close()
  })

  test('shows no page of ours within a page of somebody else', async () => {
    const { context, page } = await aPerson(chromium)
    const evil = await startApplication(
      `<h1>Win</h1><iframe src="${await aTicket(scene.grace, scene.provider.id)}"></iframe>`,
    )

    await page.goto(evil.url)

    const [frame] = page.frames().filter((each) => each !== page.mainFrame())
    expect(frame?.url()).toMatch(/^chrome-error:|^about:blank/)
    expect(page.frames()).toHaveLength(2)
    await evil.close()
    await context.close()
  })

  test('cannot be made to send a form by another site, even with a link that it has open', async () => {
    const { context, page } = await aPerson(chromium)
    await page.goto(await aTicket(scene.grace, scene.provider.id))
    const { action, fields } = await openBare(await aTicket(scene.grace, scene.provider.id))
    const key = await page.locator('input[name=ticket]').getAttribute('value')
    const evil = await startApplication(
      `<h1>Win</h1><form method="post" action="${action}">
<input name="ticket" value="${key}"><input name="csrf" value="${fields['csrf']}"><button>Go</button></form>`,
    )

    const attack = await context.newPage()
    // Another site than 127.0.0.1, as cookies see it.
    await attack.goto(evil.url.replace('127.0.0.1', 'localhost'))
    await press(attack, 'Go')

    expect(await headingOf(attack)).toBe('This did not come from our page')
    await press(page, /^Continue to/)
    expect(await headingOf(page)).toBe('Sign in')
    await evil.close()
    await context.close()
  })

  test('runs no script, whatever a name says', async () => {
    const { context, page, complaints } = await aPerson(chromium)
    const provider = await aHostileProvider(scene.grantkeeper, hostile, {
      name: `<img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>`,
    })

    await page.goto(await aTicket(scene.grace, provider.id))

    expect(await page.title()).toBe('Connect an account? - Grantkeeper')
    expect(await page.locator('script, img').count()).toBe(0)
    expect(complaints).toEqual([])
    await context.close()
  })
})
