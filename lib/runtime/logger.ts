import { Logger } from '@aws-lambda-powertools/logger'

/** Ids and outcomes only: never an event, a body, a header, or an error's own text, which may quote what was sent. */
export const logger = new Logger({ serviceName: 'grantkeeper' })

/** What may be logged of an error: its kind, and where it came from. */
export const describeError = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { error: typeof error }
  const { $metadata } = error as { $metadata?: { requestId?: string; httpStatusCode?: number; attempts?: number } }
  return {
    error: error.name,
    ...($metadata && {
      aws: { requestId: $metadata.requestId, status: $metadata.httpStatusCode, attempts: $metadata.attempts },
    }),
    // Frames name files and lines. The message goes first, since lines of it may look like frames.
    at: error.stack
      ?.replace(error.message, '')
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 5)
      .map((line) => line.trim()),
    ...(error.cause instanceof Error && { cause: error.cause.name }),
  }
}
