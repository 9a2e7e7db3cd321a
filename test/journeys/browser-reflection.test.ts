import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ScriptedBrowser } from '../support/browser.ts'
import { aTicket, pageOf, textOf, throughConsent } from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'
import { aCaller, aProvider } from '../support/grantkeeper.ts'
import { answer } from '../support/hostile-answers.ts'
import { aHostileProvider } from '../support/hostile-provider.ts'
import { type HostileUpstream, startHostileUpstream } from '../support/hostile-upstream.ts'

let scene: BrowserScene
let hostile: HostileUpstream
beforeAll(async () => {
  scene = await aBrowserScene()
  hostile = await startHostileUpstream()
})
afterAll(async () => {
  await scene.close()
  await hostile.close()
})

const MARKUP = `"><img src=x onerror=alert(1)><script>alert('x')</script>&amp;`
const SHOWN = '&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;'
/** Turns what follows around, and cannot be seen. */
const TURNED = 'evil\u202Egrace\u200B'
const isInert = (html: string): void => {
  expect(html).not.toMatch(/<(script|img|svg|iframe|a|link|base|meta (?!charset|name="viewport"))\b/i)
  expect(html).not.toMatch(/<[^>]*\son\w+=/i)
}

describe('a name that is markup is text on every page', () => {
  test('of the provider, the user and the organization', async () => {
    const caller = await aCaller(scene.grantkeeper, { user: MARKUP, org: `org ${MARKUP}` })
    const provider = await aProvider(scene.grantkeeper, { name: MARKUP }, { org: `org ${MARKUP}` })

    const page = pageOf(await new ScriptedBrowser().open(await aTicket(caller, provider.id)))

    expect(page.status).toBe(200)
    isInert(page.html)
    for (const shown of [SHOWN, `org ${SHOWN}`]) expect(page.html).toContain(`<bdi>${shown}</bdi>`)
  })

  test('of the account, however long', async () => {
    const profile = { sub: MARKUP, email: `${MARKUP}@example.test`, name: MARKUP + 'x'.repeat(500_000) }
    hostile.script('userinfo', answer(200, profile))
    const provider = await aHostileProvider(scene.grantkeeper, hostile)
    const { browser, redirect } = await throughConsent(await aTicket(scene.grace, provider.id))

    const page = pageOf(await browser.open(redirect))

    expect(page.status).toBe(200)
    isInert(page.html)
    expect(page.html).toContain(SHOWN)
    expect(page.html.length).toBeLessThan(10_000)
  })

  test('and characters that are not seen are shown', async () => {
    const caller = await aCaller(scene.grantkeeper, { user: TURNED })

    const page = pageOf(await new ScriptedBrowser().open(await aTicket(caller, scene.provider.id)))

    expect(page.html).toContain('<bdi>evil\uFFFDgrace\uFFFD</bdi>')
    expect(page.html).not.toMatch(/[\u202E\u200B]/)
  })
})

describe('nothing that a redirect brings is on the page', () => {
  test.each([
    { error: MARKUP, error_description: MARKUP, error_uri: 'javascript:alert(1)' },
    { error: 'access_denied', error_description: 'canary-description' },
    { error: 'canary-error' },
    { code: `canary-code${MARKUP}`, error_description: MARKUP },
    { iss: 'https://canary.example', code: 'canary-code' },
  ])('%j', async (parameters) => {
    const { browser, redirect } = await throughConsent(await aTicket(scene.grace, scene.provider.id))
    for (const name of ['code', 'iss']) redirect.searchParams.delete(name)
    for (const [name, value] of Object.entries(parameters)) redirect.searchParams.set(name, value)

    const page = pageOf(await browser.open(redirect))

    expect(page.status).toBeGreaterThanOrEqual(400)
    isInert(page.html)
    expect(page.html).not.toMatch(/canary|alert|onerror/)
    expect(textOf(page)).toMatch(/Access was not granted|could not be connected/)
  })
})

describe('every page', () => {
  test.each<[string, () => Promise<string>]>([
    ['that asks whether to go on', () => aTicket(scene.grace, scene.provider.id)],
    ['that refuses a ticket', async () => `${scene.grantkeeper.url}/oauth2/connect?ticket=none`],
    ['that has nothing to say', async () => scene.provider.callbackUrl],
  ])('%s has a policy, and is neither kept, framed nor told on', async (_, urlOf) => {
    const { headers } = await fetch(await urlOf())

    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+={0,2}'; base-uri 'none'; form-action ('none'|'self' http:); frame-ancestors 'none'$/,
    )
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })
})
