import type { InvokeResult } from '../model.ts'

/** Lambda took no request: too many wait, or the caller gave up while it waited. */
export const throttled = {
  kind: 'error',
  errorType: 'Lambda.TooManyRequestsException',
  errorMessage: 'Rate Exceeded.',
} as const satisfies InvokeResult

/** Lambda took no request: the event is larger than 6,291,456 bytes of JSON. */
export const requestTooLarge = {
  kind: 'error',
  errorType: 'Lambda.RequestTooLargeException',
  errorMessage: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
} as const satisfies InvokeResult
