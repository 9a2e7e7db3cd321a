import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds a process gets between SIGTERM and SIGKILL. */
const gracePeriodMs = 2000

/** Ends a child: SIGTERM, after two seconds SIGKILL. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), gracePeriodMs)
  await exited
  clearTimeout(killer)
}

/** Makes sure that a child does not outlive this process, should that end before it has ended the child. */
export function endWithThisProcess(child: ChildProcess): void {
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
}

/** Ends a process that an earlier start left behind, if its command line still holds all of the given words. */
export async function endLeftover(pid: number, words: readonly string[]): Promise<void> {
  const isSame = () => words.every((word) => commandLine(pid).includes(word))
  const deadline = performance.now() + gracePeriodMs
  if (isSame()) process.kill(pid, 'SIGTERM')
  while (isSame() && performance.now() < deadline) await delay(20)
  if (isSame()) process.kill(pid, 'SIGKILL')
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
