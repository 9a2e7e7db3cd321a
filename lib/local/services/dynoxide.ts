import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { DataFolder } from '../data-folder.ts'
import { endChild, endLeftover, endWithThisProcess } from './child.ts'
import { freePort } from './free-port.ts'

/** A DynamoDB on this machine. */
export interface Dynoxide {
  readonly endpoint: string
  close(): Promise<void>
}

/** How often another port is tried when the chosen one was taken meanwhile. */
const attempts = 3
const startTimeoutMs = 5000

/**
 * Starts dynoxide on the data folder and waits until it answers.
 * `onExit` is told in one line when the process ends by itself later.
 * Throws one line that names `DYNAMODB_ENDPOINT` where there is no binary for this platform.
 */
export async function startDynoxide(
  folder: DataFolder,
  onExit: (reason: string) => void,
  binary = findBinary(),
): Promise<Dynoxide> {
  const file = join(folder.path, 'dynamodb.sqlite')
  const leftover = Number(folder.recall('dynoxidePid'))
  // The database of a killed stack may still be written to.
  if (leftover > 0) await endLeftover(leftover, [binary, file])

  let reason = ''
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = await freePort()
    const child = spawn(binary, ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file], {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe'],
      // A Ctrl-C in the terminal is for the stack, which ends the database after all that use it.
      detached: true,
    })
    await once(child, 'spawn')
    endWithThisProcess(child)
    folder.remember('dynoxidePid', String(child.pid))
    const endpoint = `http://127.0.0.1:${port}`
    let output = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-500)
    })
    if (await answers(child, endpoint)) {
      let closing = false
      child.once('exit', (code, signal) => closing || onExit(`dynoxide ended by itself (${signal ?? `code ${code}`})`))
      return {
        endpoint,
        close() {
          closing = true
          return endChild(child)
        },
      }
    }
    await endChild(child)
    reason = output.trim().replaceAll('\n', ' ')
  }
  throw new Error(`dynoxide does not start on ${file}: ${reason || 'it gives no reason'}`)
}

async function answers(child: ChildProcess, endpoint: string): Promise<boolean> {
  const deadline = performance.now() + startTimeoutMs
  while (isAlive(child) && performance.now() < deadline) {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(1000) }).catch(() => undefined)
    await (response ? response.arrayBuffer() : delay(10))
    // Alive still: else it was another program that had taken the port.
    if (response && isAlive(child)) return true
  }
  return false
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

function findBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'dynoxide')
  } catch (error) {
    const advice = 'start a DynamoDB on this machine and name it in DYNAMODB_ENDPOINT'
    throw new Error(`${name} is not installed: ${advice}`, { cause: error })
  }
}
