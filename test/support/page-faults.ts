import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

/** Runs in the browser, so it is plain JavaScript, and handed over as text. */
const script = readFileSync(new URL('page-faults.mjs', import.meta.url), 'utf8').replace(/^export default /m, '')

/** What keeps people from using the page that a browser shows, in sentences; empty when all is well. */
export const findFaults = (page: Page): Promise<string[]> => page.evaluate(`(${script.trim()})()`)
