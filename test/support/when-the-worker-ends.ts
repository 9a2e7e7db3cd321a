const ends: (() => Promise<void>)[] = []

/** Remembers what must be ended when this worker has no suite left. */
export const whenTheWorkerEnds = (end: () => Promise<void>): void => {
  ends.push(end)
}

/** Ends all of it, the last begun first. */
export const endTheWorker = async (): Promise<void> => {
  for (let end = ends.pop(); end; end = ends.pop()) await end()
}

// A signal ends Node without a word to what ends with this process: databases would live on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    process.emit('exit', 1)
    process.kill(process.pid, 'SIGKILL')
  })
}
