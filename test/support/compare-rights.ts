import type { Iam } from '../../lib/local/iam/authority.ts'

/** What a function was given and what it did, as far as the two are not the same. */
export interface Comparison {
  /** Rights that nothing made use of. */
  readonly needless: readonly string[]
  /** What was denied, in AWS's own sentences. */
  readonly missing: readonly string[]
}

/** Compares the rights of a function with what it did since the start. Throws for a function that has no role. */
export const compareRights = (iam: Iam, functionId: string): Comparison => {
  const granted = iam.granted().get(functionId)
  const used = iam.used().get(functionId)
  if (!granted || !used) throw new Error(`There is no function ${functionId}`)
  return {
    needless: [...granted].filter((right) => !used.has(right)),
    missing: iam.denied().filter((sentence) => sentence.includes(`/${functionId} is not authorized`)),
  }
}
