/**
 * Calls `stop` when the command is asked to end: Ctrl-C, a plain `kill`, a closed terminal. It may be called repeatedly,
 * because Ctrl-C comes twice, once from the terminal and once from npm.
 */
export const onStopSignal = (stop: () => void): void => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
}
