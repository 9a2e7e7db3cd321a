import { assemble } from '../lib/build/assembly.ts'
import { startGrantkeeper } from '../lib/local/grantkeeper.ts'
import { readSettings } from '../lib/local/settings.ts'
import { welcome } from '../lib/local/welcome.ts'
import { fail } from './fail.ts'

/** Whoever asks to stop is not kept waiting longer. */
const STOP_MS = 4_500

try {
  const settings = readSettings(process.env)
  const grantkeeper = await startGrantkeeper({ ...settings, assembly: await assemble() })

  const stop = (status: number): void => {
    setTimeout(() => process.exit(status), STOP_MS).unref()
    grantkeeper.close().then(
      () => process.exit(status),
      (error: unknown) => fail(error),
    )
  }
  process.once('SIGINT', () => stop(0))
  process.once('SIGTERM', () => stop(0))
  void grantkeeper.stack.failed.then((reason) => {
    console.error(reason)
    stop(1)
  })

  console.log(welcome(grantkeeper))
  console.log(`Grantkeeper ready: ${grantkeeper.url}`)
} catch (error) {
  fail(error)
}
