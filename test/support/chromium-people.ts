import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { type Chromium, takePictures } from './chromium.ts'
import { findFaults } from './page-faults.ts'

/** A person at a real browser. */
export interface Person {
  readonly context: BrowserContext
  readonly page: Page
  /** What the browser complained about, such as something that the policy of a page forbids. */
  readonly complaints: readonly string[]
}

export const aPerson = async (chromium: Chromium): Promise<Person> => {
  const context = await chromium.person()
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    const isIcon = message.location().url.endsWith('/favicon.ico')
    // That a page has the status of an error is no fault of the page.
    const isStatus = message.text().startsWith('Failed to load resource: the server responded with a status of')
    if (['error', 'warning'].includes(message.type()) && !isIcon && !isStatus) complaints.push(message.text())
  })
  return { context, page, complaints }
}

export const headingOf = async (page: Page): Promise<string> => (await page.locator('h1').textContent()) ?? ''

export const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click()

/** From the link to where the provider sends the browser back: goes on, logs in, and allows or denies. */
export const goThrough = async (page: Page, link: string, account: string, decision = 'Allow'): Promise<void> => {
  await page.goto(link)
  await press(page, /^Continue to/)
  await page.getByLabel('Account name').fill(account)
  await press(page, 'Sign in')
  await press(page, decision)
}

/** Takes pictures, and expects nothing that keeps anybody from using the page, by day and by night. */
export const look = async (page: Page, name: string): Promise<void> => {
  await takePictures(page, name)
  expect({ name, faults: await findFaults(page) }).toEqual({ name, faults: [] })
  await page.emulateMedia({ colorScheme: 'dark' })
  await takePictures(page, `${name}-dark`)
  expect({ name, faults: await findFaults(page) }).toEqual({ name, faults: [] })
  await page.emulateMedia({ colorScheme: null })
}
