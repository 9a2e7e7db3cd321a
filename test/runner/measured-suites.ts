import { readdirSync, readFileSync } from 'node:fs'
import { type RunnerTestFile, type SerializedConfig, TestRunner, vi } from 'vitest'
import { endTheWorker } from '../support/when-the-worker-ends.ts'

/** What a suite leaves for the account of a run. */
declare module 'vitest' {
  interface TaskMeta {
    /** CPU seconds of the suite, with those of the processes that it started. */
    cpuSeconds?: number
  }
}

const TICKS_A_SECOND = 100

interface Times {
  readonly parent: number
  readonly seconds: number
}

/** proc(5): parent, then user and system time of a process and of its children that have ended. */
const timesOf = (pid: string): Times | undefined => {
  try {
    // The name before the last bracket may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const [parent = 0, , , , , , , , , , user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields
      .slice(1)
      .map(Number)
    return { parent, seconds: (user + system + endedUser + endedSystem) / TICKS_A_SECOND }
  } catch {
    return undefined
  }
}

/** CPU seconds of this process and of all that come from it, so far. Elsewhere than on Linux of this process alone. */
const spentSeconds = (): number => {
  if (process.platform !== 'linux') return process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6
  const all = new Map(readdirSync('/proc').flatMap((pid) => [[Number(pid), timesOf(pid)] as const]))
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (pid > 1 && all.get(pid) !== undefined && isOurs(all.get(pid)?.parent ?? 0))
  let seconds = 0
  for (const [pid, times] of all) if (times && isOurs(pid)) seconds += times.seconds
  return seconds
}

/** Counts the CPU time of each suite, its imports included, and takes back what it has mocked. */
export default class MeasuredSuites extends TestRunner {
  #before = 0

  constructor(config: SerializedConfig) {
    super(config)
    // Each suite has a runner of its own; what is ended once is not there for the next.
    this.onCleanupWorkerContext?.(endTheWorker)
  }

  onBeforeCollect(): void {
    this.#before = spentSeconds()
  }

  override onAfterRunFiles(files: RunnerTestFile[]): void {
    super.onAfterRunFiles(files)
    vi.restoreAllMocks()
    // Suites of a worker run one by one.
    for (const file of files) file.meta.cpuSeconds = spentSeconds() - this.#before
  }
}
