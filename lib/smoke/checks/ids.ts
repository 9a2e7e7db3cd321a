import type { Answer } from '../ask.ts'
import type { Scene } from '../check.ts'
import { expectStatus, unexpected } from '../describe.ts'
import { api, UNKNOWN_ID } from '../paths.ts'

/** Every character as a percent sign and two digits. */
export const percentEncoded = (text: string): string =>
  text.replace(/./g, (character) => `%${character.charCodeAt(0).toString(16)}`)

const ofId = ({ ask }: Scene, id: string): Promise<Answer> => ask({ path: `${api}/providers/${id}/`, token: true })

/** The id is refused by the name of its parameter. */
const expectRefused = (answer: Answer): void => {
  expectStatus(answer, 422)
  if (!answer.text.includes('"providerId"')) throw unexpected('errorFields that name providerId', answer)
}

/** Decoded twice, or before the route is found, these would be other ids, or other paths. */
export const decodedOnce = async (scene: Scene): Promise<void> => {
  const encoded = percentEncoded(scene.someProviderId ?? UNKNOWN_ID)
  expectStatus(await ofId(scene, encoded), scene.someProviderId === undefined ? 404 : 200)
  expectRefused(await ofId(scene, encoded.replaceAll('%', '%25')))
  expectRefused(await ofId(scene, 'a%2Fb'))
}

/** The beginning of a character of UTF-8, and not its end. */
export const malformed = async (scene: Scene): Promise<void> => expectRefused(await ofId(scene, '%E0%A4'))
