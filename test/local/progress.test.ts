import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const module = new URL('../../lib/local/progress.ts', import.meta.url).href
const script = `
  import { startProgress } from ${JSON.stringify(module)}
  const { step, end } = startProgress()
  await step('Something short', async () => undefined)
  await step('Something that keeps the thread busy', async () => {
    for (const begin = performance.now(); performance.now() - begin < 3500; );
  })
  await step('Something that fails', () => Promise.reject(new Error('no'))).catch(() => undefined)
  end()`

test('each step is a line with its seconds, and a long one says that it goes on, however busy it is', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])

  expect(stdout).toMatch(
    /^ +0\.\d s {2}Something short\n( +[1-3]\.\d s {2}Something that keeps the thread busy \.\.\.\n){1,2} +3\.\d s {2}Something that keeps the thread busy\n +0\.\d s {2}Something that fails\n$/,
  )
})
