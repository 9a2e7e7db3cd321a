import { afterAll, beforeAll, expect, test } from 'vitest'
import { aTicket } from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'
import { type Chromium, describeInChromium, startChromium } from '../support/chromium.ts'
import { aPerson, goThrough, headingOf, look, press } from '../support/chromium-people.ts'
import { aCaller } from '../support/grantkeeper.ts'

describeInChromium('in a real browser', () => {
  let scene: BrowserScene
  let chromium: Chromium
  beforeAll(async () => {
    scene = await aBrowserScene()
    chromium = await startChromium()
  }, 120_000)
  afterAll(async () => {
    await chromium?.close()
    await scene?.close()
  })

  const ask = (ending = {}): Promise<string> => aTicket(scene.grace, scene.provider.id, ending)

  test('a person connects an account, and sees each time what it is about', async () => {
    const { context, page, complaints } = await aPerson(chromium)
    const link = await ask()
    await page.goto(link)
    expect(await headingOf(page)).toBe('Connect an account?')
    await look(page, 'confirm-connect')

    await goThrough(page, link, 'chromium-account')
    expect(await headingOf(page)).toBe('Keep this connection?')
    await look(page, 'confirm-account')
    expect(await scene.accountsOf(scene.grace)).not.toContain('chromium-account')
    await press(page, 'Connect this account')

    expect(await headingOf(page)).toBe('Your account is connected')
    await look(page, 'connected')
    expect(await scene.accountsOf(scene.grace)).toContain('chromium-account')
    expect(complaints).toEqual([])
    await context.close()
  })

  test('the browser keeps cookies that no other host can set, no script can read, and no other site can send', async () => {
    const { context, page } = await aPerson(chromium)

    await goThrough(page, await ask(), 'with-cookies')

    const cookies = await context.cookies(scene.grantkeeper.url)
    const own = cookies.filter(({ name }) => name.startsWith('__Host-gk-'))
    expect(own).toHaveLength(2)
    for (const cookie of own) {
      expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax', path: '/' })
    }
    await press(page, 'Decline')
    await context.close()
  })

  test('a person declines on the last page, and the access is taken back', async () => {
    const { context, page, complaints } = await aPerson(chromium)
    await goThrough(page, await ask(), 'chromium-declined')

    await press(page, 'Decline')

    expect(await headingOf(page)).toBe('Nothing was connected')
    await look(page, 'declined')
    expect(await scene.liveAccounts()).not.toContain('chromium-declined')
    expect(complaints).toEqual([])
    await context.close()
  })

  test('a person denies access at the provider', async () => {
    const { context, page } = await aPerson(chromium)

    await goThrough(page, await ask(), 'chromium-denied', 'Deny')

    expect(await headingOf(page)).toBe('Access was not granted')
    await look(page, 'denied')
    await context.close()
  })

  test('a link that was used shows so, in the browser that has used it as well', async () => {
    const { context, page } = await aPerson(chromium)
    const link = await ask()
    await goThrough(page, link, 'chromium-again')
    await press(page, 'Decline')

    await page.goto(link)

    expect(await headingOf(page)).toBe('This link is no longer good')
    await look(page, 'expired-link')
    await context.close()
  })

  test('another person’s browser can do nothing with the redirect, and the first one still can', async () => {
    const [one, other] = [await aPerson(chromium), await aPerson(chromium)]
    await goThrough(one.page, await ask(), 'chromium-first')

    await other.page.goto(one.page.url())

    expect(await headingOf(other.page)).toBe('This is another browser')
    await look(other.page, 'other-browser')
    await one.page.reload()
    expect(await headingOf(one.page)).toBe('Keep this connection?')
    await press(one.page, 'Decline')
    await one.context.close()
    await other.context.close()
  })

  test('who follows an attacker’s link reads whose the account becomes, before and after', async () => {
    const { context, page } = await aPerson(chromium)
    const mallory = await aCaller(scene.grantkeeper, { user: 'mallory@evil.example' })
    const link = await aTicket(mallory, scene.provider.id)
    const owner = page.locator('div', { hasText: 'Will belong to the user' }).locator('dd')

    await page.goto(link)
    expect(await owner.textContent()).toBe('mallory@evil.example')
    await goThrough(page, link, 'chromium-victim')
    expect(await owner.textContent()).toBe('mallory@evil.example')
    await page.close()

    expect(await scene.accountsOf(mallory)).not.toContain('chromium-victim')
    await context.close()
  })

  test('the pages are worked by the keyboard alone, and show where it is', async () => {
    const { context, page } = await aPerson(chromium)
    const pressTabTo = async (name: string): Promise<void> => {
      await page.getByRole('button', { name }).waitFor()
      for (let tries = 0; tries < 5; tries++) {
        await page.keyboard.press('Tab')
        if (String(await page.evaluate('document.activeElement?.textContent')).startsWith(name)) return
      }
      throw new Error(`The keyboard does not reach ${name}`)
    }

    await page.goto(await ask())
    await pressTabTo('Continue to')
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    await page.keyboard.press('Enter')
    await page.getByLabel('Account name').fill('chromium-keys')
    await page.keyboard.press('Enter')
    await press(page, 'Allow')
    await pressTabTo('Connect this account')
    await pressTabTo('Decline')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Decline' }).waitFor({ state: 'detached' })

    expect(outline).toBe('solid')
    expect(await headingOf(page)).toBe('Nothing was connected')
    await context.close()
  })

  test('the application gets its handle, and nobody sees a page in between', async () => {
    const { context, page, complaints } = await aPerson(chromium)

    await goThrough(page, await ask({ returnTo: scene.returnTo }), 'chromium-app')

    expect(await headingOf(page)).toBe('The application')
    expect(page.url().startsWith(`${scene.returnTo}&handle=`)).toBe(true)
    expect(complaints).toEqual([])
    await context.close()
  })

  test('a flow of an application alone says to go back there', async () => {
    const { context, page } = await aPerson(chromium)

    await page.goto(`${scene.provider.callbackUrl}?code=a&state=of-an-application`)

    expect(await headingOf(page)).toBe('Return to your application')
    await look(page, 'return-to-application')
    await context.close()
  })
})
