import { isDeepStrictEqual } from 'node:util'
import type { Scene } from '../check.ts'
import { expectStatus, unexpected } from '../describe.ts'
import { api, otherSpelling, UNKNOWN_ID } from '../paths.ts'

/** Asks in both spellings, and wants one status and one body. */
const alike = async ({ ask }: Scene, path: string, status: number): Promise<void> => {
  const [bare = path, query] = path.split('?')
  const asked = (spelled: string) => ask({ path: query === undefined ? spelled : `${spelled}?${query}`, token: true })
  const usual = await asked(bare)
  const other = await asked(otherSpelling(bare))
  for (const answer of [usual, other]) {
    expectStatus(answer, status)
    if (answer.text === '') throw unexpected('a body', answer)
  }
  if (!isDeepStrictEqual(other.body, usual.body)) throw unexpected('the same body as with the last slash', other)
}

/** A path of fixed words. */
export const fixedPath = (scene: Scene): Promise<void> => alike(scene, `${api}/authorizedProviders/?limit=1`, 200)

/** A path whose last word is a variable. */
export const variablePath = (scene: Scene): Promise<void> => alike(scene, `${api}/providers/${UNKNOWN_ID}/`, 404)
