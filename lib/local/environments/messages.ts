/** What the stack and an execution environment say to each other. Events and results cross as JSON text, as on Lambda. */

/** Stack to environment: one invocation. */
export interface Invocation {
  readonly requestId: string
  readonly event: string
  readonly functionArn: string
  readonly timeoutMs: number
}

/** Environment to stack: the handler is loaded, or could not be, or has answered. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'initFailed'; readonly errorType: string; readonly errorMessage: string }
  | { readonly kind: 'ok'; readonly payload: string }
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string }
