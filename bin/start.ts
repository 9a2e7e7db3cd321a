import { readFileSync } from 'node:fs'
import { assemble } from '../lib/build/assembly.ts'
import { newId } from '../lib/domain/ids.ts'
import { deploymentSettings } from '../lib/local/deployment-settings.ts'
import { startGrantkeeper } from '../lib/local/grantkeeper.ts'
import { startProgress } from '../lib/local/progress.ts'
import { readSettings } from '../lib/local/settings.ts'
import { welcome } from '../lib/local/welcome.ts'
import { fail } from './fail.ts'
import { onStopSignal } from './stop-signal.ts'

/** Whoever asks to stop is not kept waiting longer. */
const STOP_MS = 4_500

try {
  const { given, ...settings } = readSettings(process.env, process.argv.slice(2))
  const { context, skipped } = deploymentSettings(JSON.parse(readFileSync('cdk.json', 'utf8')), given)
  if (skipped.length > 0) console.log(`Skipped, since they need AWS: ${skipped.join(', ')}`)
  const { step, end } = startProgress()
  const starting = step('The functions, and the stack', () => assemble(context))
    .then((assembly) => {
      // Whatever is kept from now on, by whichever service, is its owner's alone.
      process.umask(0o077)
      return startGrantkeeper({ ...settings, assembly, step })
    })
    .finally(end)

  let stopping = false
  const stop = (status: number): void => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(status), STOP_MS).unref()
    starting.then((grantkeeper) => grantkeeper.close()).then(() => process.exit(status), fail)
  }
  onStopSignal(() => stop(0))

  const grantkeeper = await starting
  void grantkeeper.stack.failed.then((reason) => {
    console.error(reason)
    stop(1)
  })
  if (!stopping) {
    const namedDataDir = process.env['DATA_DIR'] && settings.dataDir
    console.log(welcome(grantkeeper, { ...settings, namedDataDir, freeId: newId() }))
    console.log(`Grantkeeper ready: ${grantkeeper.url}`)
  }
} catch (error) {
  fail(error)
}
