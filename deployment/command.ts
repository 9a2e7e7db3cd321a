import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { root } from '../lib/build/make.ts'

const TAIL_LINES = 30

export interface CommandOptions {
  /** The file that gets what it prints. Without one it prints where this process does. */
  readonly log?: string
  /** Its environment, besides what every command needs. */
  readonly env?: NodeJS.ProcessEnv
  /** How long it may take to end once it is asked to; 5 unless given. */
  readonly graceSeconds?: number
}

/** A command that runs, in a process group of its own, so that all it starts ends with it. */
export interface Command {
  /** Its exit status; the signal's name if it died of one. Rejects when there is no such program. */
  readonly exited: Promise<number | string>
  /** Ends it, and whatever it started. */
  end(): Promise<void>
}

const running = new Set<Command>()
let stopping = false

/** Nothing of whoever runs this: neither credentials, nor settings, nor a proxy. */
const environment = (env: CommandOptions['env']): NodeJS.ProcessEnv => ({
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  HOME: process.env['HOME'],
  LANG: 'C.UTF-8',
  ...env,
})

/** Starts a command in the project's folder. Throws when the check was stopped. */
export const start = (
  file: string,
  args: readonly string[],
  { log, env, graceSeconds = 5 }: CommandOptions = {},
): Command => {
  throwIfStopped()
  const output = log === undefined ? 'inherit' : openSync(log, 'a')
  const child = spawn(file, args, {
    cwd: root,
    env: environment(env),
    stdio: ['ignore', output, output],
    detached: true,
  })
  if (typeof output === 'number') closeSync(output)
  const exited = once(child, 'exit').then(([code, signal]: (number | string)[]) => code ?? signal ?? '')
  const command = { exited, end: () => endGroup(child.pid, exited, graceSeconds) }
  running.add(command)
  const forget = (): void => {
    running.delete(command)
    // What it started may have outlived it.
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
  }
  exited.finally(forget).catch(() => undefined)
  return command
}

/** Runs a command to its end, which must be the exit status 0 or another that is named. Throws with the end of its log. */
export const run = async (
  file: string,
  args: readonly string[],
  { statuses = [0], ...options }: CommandOptions & { readonly statuses?: readonly number[] } = {},
): Promise<void> => {
  const { exited } = start(file, args, options)
  const status = await exited
  if (typeof status === 'number' && statuses.includes(status)) return
  const tail = options.log === undefined ? '' : `:\n${tailOf(options.log)}`
  throw new Error(`${file} ended with ${status}${tail}`)
}

/** Ends all that runs, and lets nothing start any more. */
export const endCommands = async (): Promise<void> => {
  stopping = true
  await Promise.all([...running].map((command) => command.end()))
}

const throwIfStopped = (): void => {
  if (stopping) throw new Error('The check was stopped')
}

/** Lets signals in, for work that takes long in this process. Throws when the check was stopped. */
export const letStop = async (): Promise<void> => {
  await setImmediate()
  throwIfStopped()
}

/** The last lines of a log. */
export const tailOf = (log: string): string =>
  readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n')

const endGroup = async (pid: number | undefined, exited: Command['exited'], graceSeconds: number): Promise<void> => {
  if (pid === undefined) return
  signalGroup(pid, 'SIGTERM')
  const impatience = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceSeconds * 1000)
  await exited
  clearTimeout(impatience)
}

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // All of it has ended already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
