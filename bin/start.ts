import { assemble } from '../lib/build/assembly.ts'
import { startGrantkeeper } from '../lib/local/grantkeeper.ts'
import { readSettings } from '../lib/local/settings.ts'
import { welcome } from '../lib/local/welcome.ts'
import { fail } from './fail.ts'
import { onStopSignal } from './stop-signal.ts'

/** Whoever asks to stop is not kept waiting longer. */
const STOP_MS = 4_500

try {
  const settings = readSettings(process.env)
  const starting = assemble().then((assembly) => startGrantkeeper({ ...settings, assembly }))

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
    console.log(welcome(grantkeeper, process.env['DATA_DIR'] && settings.dataDir))
    console.log(`Grantkeeper ready: ${grantkeeper.url}`)
  }
} catch (error) {
  fail(error)
}
