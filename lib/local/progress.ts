import { writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** Does one step of something long, and lets be known which it is. */
export type Step = <Result>(what: string, work: () => Promise<Result>) => Promise<Result>

/** A step of which nothing is said. */
export const silently: Step = (_what, work) => work()

/** After so long without a line people think that it hangs. */
const PATIENCE_MS = 1_500

/**
 * Prints a line for each step when it is done, with its seconds, and lines in between while it goes on. Those come from a
 * thread of their own, since steps may keep the main one busy for seconds on end.
 */
export const startProgress = (): { readonly step: Step; readonly end: () => void } => {
  const ticker = new Worker(tick, { eval: true, workerData: { everyMs: PATIENCE_MS } })
  ticker.unref()
  return {
    step: async (what, work) => {
      const begin = performance.now()
      ticker.postMessage(what)
      try {
        return await work()
      } finally {
        ticker.postMessage(undefined)
        print(performance.now() - begin, what)
      }
    },
    end: () => void ticker.terminate(),
  }
}

const print = (ms: number, what: string): void => {
  writeSync(1, `${(ms / 1000).toFixed(1).padStart(5)} s  ${what}\n`)
}

/** The ticker's script. It imports nothing, so that it runs at once whatever the main thread does. */
const tick = `
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads')
  const { writeSync } = process.getBuiltinModule('node:fs')
  let timer
  parentPort.on('message', (what) => {
    clearInterval(timer)
    if (what === undefined) return
    const begin = performance.now()
    timer = setInterval(() => {
      try {
        writeSync(1, ((performance.now() - begin) / 1000).toFixed(1).padStart(5) + ' s  ' + what + ' ...\\n')
      } catch {}
    }, workerData.everyMs)
  })`
