import { join } from 'node:path'
import { readOptions } from '../../lib/smoke/options.ts'
import { smoke } from '../../lib/smoke/run.ts'
import { type Command, type Outcome, root, run, start } from './command.ts'

const script = join(root, 'bin/smoke.ts')

/** The outcome of a run of `npm run smoke`, and the titles of its checks. */
export interface SmokeOutcome extends Outcome {
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  readonly notTried: readonly string[]
}

/** Makes the checks that the command makes with these arguments, without a process of its own. */
export const smokeRun = async (url: string, token: string, ...args: string[]): Promise<SmokeOutcome> => {
  const options = readOptions(['--url', url, ...args], { GRANTKEEPER_TOKEN: token })
  if (options === undefined) throw new Error('These arguments ask for the usage')
  let stdout = ''
  const isWell = await smoke(options, (line) => (stdout += `${line}\n`), new AbortController().signal)
  return outcomeOf({ status: isWell ? 0 : 1, stdout, stderr: '' })
}

/** Runs the command to its end, with the token in its environment. */
export const smokeCommand = async (url: string, token: string): Promise<SmokeOutcome> =>
  outcomeOf(await run(process.execPath, [script, '--url', url], { GRANTKEEPER_TOKEN: token }))

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
