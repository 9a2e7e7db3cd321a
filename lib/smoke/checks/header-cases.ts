import { tokenHeaders } from '../../contract/operation.ts'
import type { Scene } from '../check.ts'
import { expectStatus } from '../describe.ts'
import { api, UNKNOWN_ID } from '../paths.ts'

/** `aUtHoRiZaTiOn` */
const alternating = (name: string): string =>
  name.replace(/./g, (letter, at: number) => (at % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase()))

const casesOf = (name: string): readonly string[] => [name, name.toLowerCase(), name.toUpperCase(), alternating(name)]

export const authorizationCases = async ({ ask, options: { token } }: Scene): Promise<void> => {
  for (const name of casesOf('Authorization')) {
    expectStatus(await ask({ path: `${api}/providers/?limit=1`, headers: [[name, `Bearer ${token}`]] }), 200)
  }
}

/** The second header of a surface that has one; no provider is asked for an id that nothing has. */
export const secondHeaderCases = async ({ ask, options: { token } }: Scene): Promise<void> => {
  for (const name of casesOf(tokenHeaders.externalAuth ?? '')) {
    expectStatus(await ask({ path: `/api/v2/external-auth/${UNKNOWN_ID}`, headers: [[name, token]] }), 404)
  }
}
