import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { FunctionDefinition, Functions } from '../model.ts'
import type { EnvironmentKind } from './host.ts'
import { createPool } from './pool.ts'

export interface FunctionsOptions {
  /** Execution environments per function, at most. */
  readonly environments: number
  readonly kind: EnvironmentKind
  /** Takes `<logicalId>.log` of each function that runs; made if it is not there. */
  readonly logDir: string
  /** After so long without a request an environment is dropped; a minute unless told. */
  readonly idleMs?: number
}

/**
 * Lambda, locally: each function in execution environments of its own, made on demand, one invocation at a time.
 * `invoke` throws only for a function that is not among the definitions.
 */
export function startFunctions(definitions: readonly FunctionDefinition[], options: FunctionsOptions): Functions {
  const { environments, kind, logDir, idleMs = 60_000 } = options
  mkdirSync(logDir, { recursive: true })
  const logs = new Map<string, number>()
  const logFd = (id: string) => {
    const fd = logs.get(id) ?? openSync(path.join(logDir, `${id}.log`), 'a')
    logs.set(id, fd)
    return fd
  }
  const pools = new Map(
    definitions.map((definition) => {
      const id = definition.logicalId
      return [id, createPool(definition, { environments, kind, idleMs, logFd: () => logFd(id) })]
    }),
  )
  const poolOf = (logicalId: string) => {
    const pool = pools.get(logicalId)
    if (!pool) throw new Error(`no function ${logicalId} in this stack`)
    return pool
  }

  return {
    invoke: async (logicalId, event, signal) => poolOf(logicalId).invoke(event, signal),
    kill(logicalId) {
      const killed = logicalId === undefined ? [...pools.values()] : [poolOf(logicalId)]
      return killed.reduce((count, pool) => count + pool.kill(), 0)
    },
    async close() {
      const ended = Promise.all([...pools.values()].map((pool) => pool.close()))
      const [all] = await Promise.race([ended.then(() => [true]), delay(2000, [false], { ref: false })])
      // A thread that would not end may still write; its file stays open then.
      if (all) for (const fd of logs.values()) closeSync(fd)
      logs.clear()
    },
  }
}
