import type { Functions, InvokeResult } from '../model.ts'

/**
 * Invokes a function and waits for it so many milliseconds, also for a free environment; undefined when they are over.
 * What has begun by then goes on in its environment, what still waits for one is dropped.
 */
export async function invokeWithin(
  timeoutMs: number,
  functions: Functions,
  functionId: string,
  event: object,
): Promise<InvokeResult | undefined> {
  const patience = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  try {
    return await Promise.race([functions.invoke(functionId, event, patience.signal), timeUp])
  } finally {
    clearTimeout(timer)
    patience.abort()
  }
}
