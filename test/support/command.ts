import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export const root = join(import.meta.dirname, '../..')

/** Milliseconds that any command may take at most, on a machine that does much else. */
const PATIENCE_MS = 60_000

type Environment = Readonly<Record<string, string>>

/** A command of the project that runs, in a process group of its own, as in a terminal. */
export interface Command {
  readonly pid: number
  stdout(): string
  stderr(): string
  /** The URL of the ready line. Throws with what was said instead when the command ends or takes too long. */
  ready(): Promise<string>
  /** To the command alone, or to its whole group, as Ctrl-C in a terminal. */
  signal(signal: NodeJS.Signals, whole?: 'group'): void
  /** Its exit status; the signal's name if it died of one. */
  readonly exited: Promise<number | string>
}

export interface Outcome {
  readonly status: number | string
  readonly stdout: string
  readonly stderr: string
}

const running = new Set<ChildProcess>()

/** What npm and the local stack read of an environment. */
const ours = /^(npm_.*|PORT|DATA_DIR|ENVIRONMENTS|ENVIRONMENT_KIND|.*_ENDPOINT)$/

/** Starts a command in the project's folder. Its environment is this one without what npm and the local stack read. */
export const start = (file: string, args: readonly string[], environment: Environment = {}): Command => {
  const inherited = Object.entries(process.env).filter(([name]) => !ours.test(name))
  const child = spawn(file, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), npm_config_update_notifier: 'false', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  const { pid = 0 } = child
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  // What this machine's own npm settings give rise to is not the command's.
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (stderr += text.replace(/^npm warn Unknown .*\n/gm, '')))
  const exited = once(child, 'close').then(([code, signal]: (number | string)[]) => {
    running.delete(child)
    return code ?? signal ?? ''
  })
  return {
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (signal, whole) => void process.kill(whole === 'group' ? -pid : pid, signal),
    exited,
    ready: async () => {
      const end = performance.now() + PATIENCE_MS
      while (performance.now() < end && running.has(child)) {
        const url = /^Grantkeeper ready: (http:\S+)$/m.exec(stdout)?.[1]
        if (url !== undefined) return url
        await delay(10)
      }
      throw new Error(`Not ready: ${stdout}${stderr}`)
    },
  }
}

/** Runs a command to its end. */
export const run = async (file: string, args: readonly string[], environment?: Environment): Promise<Outcome> => {
  const command = start(file, args, environment)
  const impatience = setTimeout(() => command.signal('SIGKILL', 'group'), PATIENCE_MS)
  const status = await command.exited
  clearTimeout(impatience)
  return { status, stdout: command.stdout(), stderr: command.stderr() }
}

/** One JWT, made by the command behind `npm run token`. */
export const aToken = async (dataDir: string, ...args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await run(process.execPath, ['bin/token.ts', ...args], { DATA_DIR: dataDir })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** The processes that name this text in their command line or environment: all that belongs to a data folder. */
export const processesOf = (text: string): number[] =>
  globSync('/proc/[0-9]*')
    .filter((folder) => ['cmdline', 'environ'].some((file) => contentOf(join(folder, file)).includes(text)))
    .map((folder) => Number(folder.slice('/proc/'.length)))

const contentOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // It has ended meanwhile, or is somebody else's.
    return ''
  }
}

/** Ends what tests have left running; for `afterAll`. */
export const endCommands = async (): Promise<void> => {
  for (const child of running) {
    if (child.pid === undefined) continue
    const ended = once(child, 'close')
    process.kill(-child.pid, 'SIGTERM')
    await ended
  }
}
