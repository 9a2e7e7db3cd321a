/** Ends a command with one line for a person, and no stack trace. */
export const fail = (error: unknown): never => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
