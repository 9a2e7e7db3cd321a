import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { describe } from 'vitest'

/** Where Debian puts it; `CHROMIUM` names another place. */
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium'
const isInstalled = existsSync(executablePath)

if (!isInstalled) {
  const message = `There is no Chromium at ${executablePath}: what a real browser does with the pages is not tested`
  if (process.env.REQUIRE_CHROMIUM) throw new Error(message)
  process.stderr.write(`${message}\n`)
}

/** The tests that need a real browser: skipped on a machine without one, unless `REQUIRE_CHROMIUM` is set. */
export const describeInChromium = isInstalled ? describe : describe.skip

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A real browser without a screen. */
export interface Chromium {
  /** A person's browser, with cookies of its own. */
  person(options?: Parameters<import('playwright-core').Browser['newContext']>[0]): Promise<BrowserContext>
  close(): Promise<void>
}

export const startChromium = async (): Promise<Chromium> => {
  const home = mkdtempSync(join(tmpdir(), 'grantkeeper-chromium-'))
  const browser = await chromium.launch({ executablePath, args, env: { ...process.env, HOME: home } })
  return {
    person: (options) => browser.newContext(options),
    close: async () => {
      await browser.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const pictures = new URL('../../test-output/', import.meta.url).pathname

/** Takes a picture of the whole page for a person to look at, on a phone and on a desk. */
export const takePictures = async (page: Page, name: string): Promise<void> => {
  mkdirSync(pictures, { recursive: true })
  for (const [width, height] of [
    [390, 844],
    [1280, 800],
  ] as const) {
    await page.setViewportSize({ width, height })
    await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true })
  }
}
