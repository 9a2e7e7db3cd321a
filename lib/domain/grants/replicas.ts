import { pause, remainingMs } from '../deadline.ts'
import { UpstreamFailure } from '../upstream-failure.ts'

/** So long a provider's replicas may take to hear of a new token; GitHub's take some hundred milliseconds. */
const REPLICA_MS = 1_000

/**
 * Asks with a token, and once more where it is refused so soon after it was obtained (milliseconds since the epoch) that
 * not every replica of the provider may know it yet. Throws what `ask` throws.
 */
export const despiteReplicas = async <Result>(obtainedAt: number, ask: () => Promise<Result>): Promise<Result> => {
  try {
    return await ask()
  } catch (error) {
    const waitMs = obtainedAt + REPLICA_MS - Date.now()
    const refused = error instanceof UpstreamFailure && error.tokenRefused
    if (!refused || waitMs <= 0 || remainingMs() <= waitMs) throw error
    await pause(waitMs)
    return ask()
  }
}
