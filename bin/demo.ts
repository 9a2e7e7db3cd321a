import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assemble } from '../lib/build/assembly.ts'
import { play } from '../lib/local/demo.ts'
import { startGrantkeeper } from '../lib/local/grantkeeper.ts'
import { fail } from './fail.ts'
import { onStopSignal } from './stop-signal.ts'

// Plays the main job on a stack of its own, for real, and exits 0 when every step did what it should.
const dataDir = mkdtempSync(join(tmpdir(), 'grantkeeper-demo-'))
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))

const { promise: stopped, reject } = Promise.withResolvers<never>()
onStopSignal(() => reject(new Error('The demo was stopped')))
// It may be rejected before anybody waits for it.
stopped.catch(() => undefined)

try {
  const grantkeeper = await startGrantkeeper({
    assembly: await assemble(),
    dataDir,
    port: 0,
    environments: 4,
    environmentKind: 'thread',
  })
  try {
    await Promise.race([play(grantkeeper, console.log), stopped])
  } finally {
    await grantkeeper.close()
  }
} catch (error) {
  fail(error)
}
