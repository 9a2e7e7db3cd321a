import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onStopSignal } from '../bin/stop-signal.ts'
import { endCommands } from './command.ts'

/**
 * Does one part of the check, in a process of its own. However it ends, nothing that it started runs any longer, and its
 * folder is gone.
 */
export const part = async (name: string, work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), `grantkeeper-${name}-`))
  let stopped = false
  onStopSignal(() => {
    stopped = true
    void endCommands()
  })
  try {
    await work(folder)
  } catch (error) {
    process.exitCode = 1
    console.error(stopped ? 'It was stopped.' : error instanceof Error ? error.message : error)
  } finally {
    await endCommands()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
