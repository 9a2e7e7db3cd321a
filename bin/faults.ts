import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processesOf, root } from '../test/support/command.ts'
import { applyFault, type PlantedFault, plantedFaults } from '../test/support/planted-faults.ts'
import { fail } from './fail.ts'
import { onStopSignal } from './stop-signal.ts'

/**
 * Shows that the tests find the planted faults: each is applied to a copy of the tree, and each suite that is to catch it
 * must fail there. `node bin/faults.ts [--all] [name...]`; with `--all` the whole of the tests is run for each.
 */
const MINUTE_MS = 60_000
/** On a machine that does much else. What takes longer has given no verdict. */
const LIMIT_MS = { prepare: 10 * MINUTE_MS, suite: 15 * MINUTE_MS, all: 90 * MINUTE_MS }
/** From the polite signal to the other one. */
const GRACE_MS = 5_000

const names = process.argv.slice(2).filter((argument) => argument !== '--all')
const all = process.argv.includes('--all')
const faults = plantedFaults().filter(({ name }) => names.length === 0 || names.includes(name))
const unknown = names.filter((name) => !faults.some((fault) => fault.name === name))
if (unknown.length > 0) fail(`No fault is planted under the name ${unknown.join(', ')}: the names are in test/faults`)

const folder = mkdtempSync(join(tmpdir(), 'grantkeeper-faults-'))
const tree = join(folder, 'tree')
/** What the commands say, which is shown of those that should have passed. */
const output = join(folder, 'output')
/** Whatever they leave lies in the folder as well, and by it every process of theirs is known. */
const temporary = join(folder, 'tmp')
mkdirSync(temporary)

/** Installed or made, or true of the tree without a fault only. */
const leftOut = new Set('node_modules .git dist .local cdk.out test-output test/build/faults.test.ts'.split(' '))

/** A copy of the tree, made anew, at the same place each time so that what tests cache serves them again. */
const copyTree = (): void => {
  rmSync(tree, { recursive: true, force: true })
  cpSync(root, tree, { recursive: true, filter: (path) => !leftOut.has(relative(root, path)) })
  symlinkSync(realpathSync(join(root, 'node_modules')), join(tree, 'node_modules'))
}

class Stopped extends Error {}
let isStopped = false
let running: ChildProcess | undefined

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}

/** Ends a command with all that it has started. */
const end = async ({ pid }: ChildProcess): Promise<void> => {
  if (pid === undefined) return
  signal(-pid, 'SIGTERM')
  for (let waited = 0; waited < GRACE_MS && processesOf(temporary).length > 0; waited += 100) await delay(100)
  signal(-pid, 'SIGKILL')
  for (const left of processesOf(temporary)) signal(left, 'SIGKILL')
}

/** Runs npm in the copy. What npm has told this command of itself is not handed on. */
const npm = async (args: readonly string[], limitMs: number): Promise<'passed' | 'failed' | 'late'> => {
  if (isStopped) throw new Stopped()
  const log = openSync(output, 'w')
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))
  const env = { ...Object.fromEntries(inherited), TMPDIR: temporary }
  const child = spawn('npm', args, { cwd: tree, env, stdio: ['ignore', log, log], detached: true })
  running = child
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.once('exit', resolve).once('error', () => resolve(null))
  const limit = new AbortController()
  const status = await Promise.race([
    promise,
    delay(limitMs, 'late' as const, { signal: limit.signal }).catch(() => 'late' as const),
  ])
  limit.abort()
  await end(child)
  running = undefined
  if (isStopped) throw new Stopped()
  if (status === 'late') return 'late'
  return status === 0 ? 'passed' : 'failed'
}

const test = (suites: readonly string[]) => npm(['test', '--', ...suites], all ? LIMIT_MS.all : LIMIT_MS.suite)

/** The end of what the last command has said. */
const said = (): string => readFileSync(output, 'utf8').split('\n').slice(-60).join('\n')

/** What is wrong with the tree before anything is planted in it: a suite that fails anyway catches nothing. */
const judgeTree = async (): Promise<string | undefined> => {
  copyTree()
  const suites = [...new Set(faults.flatMap((fault) => fault.suites))]
  const tested = all ? await test([]) : await npm(['test', '--', ...suites], LIMIT_MS.all)
  return tested === 'passed' ? undefined : `Without any fault the tests do not pass (${tested}):\n${said()}`
}

/** Why a fault is not caught; nothing when it is. */
const judge = async (fault: PlantedFault): Promise<string | undefined> => {
  copyTree()
  const objection = applyFault(fault, tree)
  if (objection) return `does not apply: ${objection.trim()}`
  // What does not compile would be caught by nothing that is asked for here.
  for (const script of ['typecheck', 'build']) {
    if ((await npm(['run', '-s', script], LIMIT_MS.prepare)) !== 'passed') return `fails to ${script}:\n${said()}`
  }
  for (const suites of all ? [[]] : fault.suites.map((suite) => [suite])) {
    const tested = await test(suites)
    if (tested === 'passed') return `by ${suites[0] ?? 'any test'}`
    if (tested === 'late') return `in time: ${suites[0] ?? 'the tests'} did not end`
  }
  return undefined
}

const secondsSince = (begin: number): string => `${Math.round((performance.now() - begin) / 1000)} s`

const judgeAll = async (): Promise<number> => {
  const begin = performance.now()
  const wrong = await judgeTree()
  if (wrong !== undefined) throw new Error(wrong)
  console.log(`Without any fault the tests pass (${secondsSince(begin)})`)
  let missed = 0
  for (const fault of faults) {
    const began = performance.now()
    const why = await judge(fault)
    if (why !== undefined) missed += 1
    const verdict = why === undefined ? `caught: ${fault.name}` : `NOT CAUGHT: ${fault.name} ${why}`
    console.log(`${verdict} (${secondsSince(began)})`)
  }
  console.log(`${faults.length - missed} of ${faults.length} faults are caught`)
  return missed === 0 ? 0 : 1
}

onStopSignal(() => {
  isStopped = true
  if (running) void end(running)
})

try {
  process.exitCode = await judgeAll()
} catch (error) {
  process.exitCode = error instanceof Stopped ? 130 : 1
  if (!(error instanceof Stopped)) console.error(error instanceof Error ? error.message : String(error))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
