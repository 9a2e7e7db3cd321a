import { readOptions, UsageError } from '../lib/smoke/options.ts'
import { smoke } from '../lib/smoke/run.ts'
import { usage } from '../lib/smoke/usage.ts'
import { fail } from './fail.ts'
import { onStopSignal } from './stop-signal.ts'

const stop = new AbortController()
onStopSignal(() => stop.abort())

// Exits 0 when all is well, 1 when a check failed, 2 when the command was not given right.
try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === undefined) console.log(usage)
  else process.exitCode = (await smoke(options, console.log, stop.signal)) ? 0 : 1
} catch (error) {
  if (!(error instanceof UsageError)) fail(error)
  console.error(`${(error as UsageError).message}\n\n${usage}`)
  process.exitCode = 2
}
