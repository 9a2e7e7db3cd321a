import { join } from 'node:path'
import { type Command, type Outcome, root, run, start } from './command.ts'

const script = join(root, 'bin/smoke.ts')

/** The outcome of a run of `npm run smoke`, and the titles of its checks. */
export interface SmokeOutcome extends Outcome {
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  readonly notTried: readonly string[]
}

/** Runs the command to its end, with the token in its environment unless `args` have one. */
export const smokeRun = async (url: string, token: string, ...args: string[]): Promise<SmokeOutcome> => {
  const environment = { GRANTKEEPER_TOKEN: token }
  return outcomeOf(await run(process.execPath, [script, '--url', url, ...args], environment))
}

/** Starts the command. */
export const smokeStart = (url: string, token: string, ...args: string[]): Command =>
  start(process.execPath, [script, '--url', url, ...args], { GRANTKEEPER_TOKEN: token })

/** Runs the command with these arguments alone. */
export const smokeWith = (args: readonly string[]): Promise<Outcome> =>
  run(process.execPath, [script, ...args], { GRANTKEEPER_TOKEN: '' })

export const outcomeOf = (outcome: Outcome): SmokeOutcome => {
  const titles = (pattern: RegExp): string[] => [...outcome.stdout.matchAll(pattern)].map(([, title = '']) => title)
  return {
    ...outcome,
    passed: titles(/^ok {6}(.+)$/gm),
    failed: titles(/^FAILED {2}(.+?): (?:expected|[A-Z]+ \/\S* (?:was not answered|got no answer))/gm),
    notTried: titles(/^- {7}(.+): not tried, since /gm),
  }
}
