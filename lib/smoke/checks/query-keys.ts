import { isDeepStrictEqual } from 'node:util'
import type { Scene } from '../check.ts'
import { expectStatus, unexpected } from '../describe.ts'
import { api, UNKNOWN_ID } from '../paths.ts'

const NO_TYPE = 'no-such-type'

/**
 * `types=a&types=b` is `types=a,b`: what is wrong is refused wherever it stands, so that it shows also where there is no
 * provider to be found. Where there is one, its id is found beside another.
 */
export const repeatedKeys = async ({ ask, someProviderId }: Scene): Promise<void> => {
  const list = (query: string) => ask({ path: `${api}/providers/?${query}`, token: true })
  for (const values of [
    ['oidc', NO_TYPE],
    [NO_TYPE, 'oidc'],
  ]) {
    expectStatus(await list(`types=${values.join('&types=')}`), 422)
    expectStatus(await list(`types=${values.join(',')}`), 422)
  }
  if (someProviderId === undefined) return
  for (const ids of [
    [someProviderId, UNKNOWN_ID],
    [UNKNOWN_ID, someProviderId],
  ]) {
    const repeated = await list(`ids=${ids.join('&ids=')}`)
    const together = await list(`ids=${ids.join(',')}`)
    expectStatus(together, 200)
    expectStatus(repeated, 200)
    if (!isDeepStrictEqual(repeated.body, together.body))
      throw unexpected(`the answer to ids=${ids.join(',')}`, repeated)
  }
}
