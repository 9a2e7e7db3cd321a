import { asker } from './ask.ts'
import { type Check, type Fact, facts, type Scene } from './check.ts'
import { checksOf } from './checks.ts'
import { cleanUp } from './clean-up.ts'
import type { SmokeOptions } from './options.ts'
import { aLife } from './provider-life.ts'
import { Stopped, Unexpected } from './unexpected.ts'

/** The longest that reading everything may take; a deployment that hangs is not waited for any longer. */
const LONGEST_SECONDS = 600

const lacking: Readonly<Record<Fact, string>> = {
  answers: 'the API does not answer',
  token: 'the token is not taken',
  admin: "the token is not an admin's",
  provider: 'there is no provider',
  deletion: 'no deletion was begun',
}

interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly notTried: number
}

/**
 * Makes every check of a deployment, says a line for each, and takes away what it made, also when `stop` is aborted.
 * Answers whether all is well.
 */
export const smoke = async (
  options: SmokeOptions,
  say: (line: string) => void,
  stop: AbortSignal,
): Promise<boolean> => {
  const { base, jobWaitSeconds } = options
  const life = aLife(options)
  const asking = { ...options, clientSecret: String(life.request.clientSecret) }
  const impatience = AbortSignal.timeout((LONGEST_SECONDS + 2 * jobWaitSeconds) * 1000)
  const ended = AbortSignal.any([stop, impatience])
  const { ask, answers, close } = asker({ ...asking, stop: ended })
  say(`Checking ${base}${options.write ? ', also by writing' : ''}`)
  let outcome: Outcome
  let isClean = false
  try {
    outcome = await runAll(checksOf(options), { ask, answers, options, life, stop: ended }, say)
  } finally {
    close()
    // The stop that ends the checks must not end this.
    const cleaner = asker({ ...asking, stop: new AbortController().signal })
    isClean = await cleanUp(cleaner.ask, life).then(
      (done) => {
        if (done !== undefined) say(done)
        return true
      },
      (error: unknown) => {
        if (!(error instanceof Unexpected)) throw error
        say(error.message)
        return false
      },
    )
    cleaner.close()
  }
  const { passed, failed, notTried } = outcome
  if (stop.aborted) say('It was stopped.')
  else if (ended.aborted) say('It was ended: it took too long.')
  say(`${passed} passed, ${failed} failed${notTried > 0 ? `, ${notTried} not tried` : ''}`)
  return failed === 0 && notTried === 0 && isClean
}

const runAll = async (checks: readonly Check[], scene: Scene, say: (line: string) => void): Promise<Outcome> => {
  const seen = new Set<Fact>()
  let [passed, failed, notTried] = [0, 0, 0]
  for (const { title, needs, gives, run, onAws } of checks) {
    const missing = needs && facts.slice(0, facts.indexOf(needs) + 1).find((fact) => !seen.has(fact))
    if (missing !== undefined || scene.stop.aborted) {
      notTried++
      if (missing !== undefined) say(`-       ${title}: not tried, since ${lacking[missing]}`)
      continue
    }
    try {
      await run(scene)
      passed++
      if (gives !== undefined) seen.add(gives)
      say(`ok      ${title}`)
    } catch (error) {
      if (error instanceof Stopped) {
        notTried++
        continue
      }
      if (!(error instanceof Unexpected)) throw error
      failed++
      say(`FAILED  ${title}: ${error.message.replace(/\.+$/, '')}. On AWS: ${onAws}`)
    }
  }
  return { passed, failed, notTried }
}
