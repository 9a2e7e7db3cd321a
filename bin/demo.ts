import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assemble } from '../lib/build/assembly.ts'
import { play } from '../lib/local/demo.ts'
import { startGrantkeeper } from '../lib/local/grantkeeper.ts'
import { fail } from './fail.ts'

// Plays the main job on a stack of its own, for real, and exits 0 when every step did what it should.
const dataDir = mkdtempSync(join(tmpdir(), 'grantkeeper-demo-'))
try {
  const grantkeeper = await startGrantkeeper({
    assembly: await assemble(),
    dataDir,
    port: 0,
    environments: 4,
    environmentKind: 'thread',
  })
  try {
    await play(grantkeeper, console.log)
  } finally {
    await grantkeeper.close()
  }
} catch (error) {
  fail(error)
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
