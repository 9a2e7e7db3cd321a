import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorWords } from '../../lib/domain/connect/landing.ts'
import { answerPage, toLastPage } from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const [, section = ''] = /^## Connecting in the browser\n(.*?)^## /ms.exec(readme) ?? []

describe('the README, of connecting in the browser,', () => {
  let scene: BrowserScene
  beforeAll(async () => {
    scene = await aBrowserScene()
  })
  afterAll(() => scene.close())

  test('has commands that print a link, which connects an account', async () => {
    const [, commands = ''] = /```sh\n(.*?)```/s.exec(section) ?? []
    const [field = ''] = /^field\(\) .*$/m.exec(readme) ?? []
    const script = `${field}\n${commands.replace('http://127.0.0.1:8080', scene.grantkeeper.url)}`
    const env = { ...process.env, ME: scene.grace.token, PROVIDER: scene.provider.id }

    const { stdout } = await promisify(execFile)('bash', ['-euc', script], { env })
    const { browser, page } = await toLastPage(stdout.trim(), 'by-the-readme')
    await answerPage(browser, page, 'keep')

    expect(await scene.accountsOf(scene.grace)).toContain('by-the-readme')
  })

  test('lists the words for errors, and no other', () => {
    const listed = [...section.matchAll(/^\| `(\w+)` +\|/gm)].map(([, word]) => word)

    expect(listed.filter((word) => word !== 'error').sort()).toEqual([...new Set(Object.values(errorWords))].sort())
  })
})
