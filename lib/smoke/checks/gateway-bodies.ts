import type { Answer, Question } from '../ask.ts'
import type { Scene } from '../check.ts'
import { expectStatus, fieldsOf, unexpected } from '../describe.ts'
import { api } from '../paths.ts'

/** The one body of all that API Gateway answers by itself: some clients read only `detail`. */
const expectOwnBody = (answer: Answer): void => {
  const { message, errorFields, detail, ...others } = fieldsOf(answer)
  const isOwn =
    typeof message === 'string' &&
    detail === message &&
    Array.isArray(errorFields) &&
    errorFields.length === 0 &&
    Object.keys(others).length === 0
  if (!isOwn) throw unexpected('the body {message, errorFields: [], detail}', answer)
  if (answer.headers['x-grantkeeper-error'] === undefined) throw unexpected('a header X-Grantkeeper-Error', answer)
}

const refused =
  (question: Question, status: number) =>
  async ({ ask }: Scene): Promise<Answer> => {
    const answer = await ask(question)
    expectStatus(answer, status)
    expectOwnBody(answer)
    return answer
  }

const unknown = `${api}/no-such-thing/`
const known = `${api}/providers/`

export const unknownRoute = async (scene: Scene): Promise<void> => void (await refused({ path: unknown }, 404)(scene))

export const unknownRouteWithToken = async (scene: Scene): Promise<void> =>
  void (await refused({ path: unknown, token: true }, 404)(scene))

export const unknownMethod = async (scene: Scene): Promise<void> =>
  void (await refused({ method: 'PUT', path: known }, 404)(scene))

export const noToken = async (scene: Scene): Promise<void> => {
  const answer = await refused({ path: known }, 401)(scene)
  if (answer.headers['www-authenticate'] !== 'Bearer') throw unexpected('the header WWW-Authenticate: Bearer', answer)
}

export const badToken = async (scene: Scene): Promise<void> =>
  void (await refused({ path: known, headers: [['authorization', 'Bearer nonsense']] }, 401)(scene))
