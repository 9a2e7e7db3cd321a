import type { KeyWrapper } from '../../crypto/data-keys.ts'
import { measure } from '../metrics.ts'

/** KMS says so of a key that is switched off, is to be deleted, is gone, or may not be used any more. */
const unusable = /^(DisabledException|KMSInvalidStateException|NotFoundException|AccessDeniedException)$/

/** The same wrapper, which measures that the key cannot be used: nothing opens then, and soon nothing ever will. */
export const measuredWrapper = ({ generate, unwrap, rewrap }: KeyWrapper): KeyWrapper => {
  const watched =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      try {
        return await call(...args)
      } catch (error) {
        if (error instanceof Error && unusable.test(error.name)) measure({ KeyUnusable: 1 })
        throw error
      }
    }
  return { generate: watched(generate), unwrap: watched(unwrap), rewrap: watched(rewrap) }
}
