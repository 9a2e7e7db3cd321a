import { methodsOf } from '../../contract/index.ts'
import type { Operation } from '../../contract/operation.ts'
import type { Scene } from '../check.ts'
import { described, expectStatus, fieldsOf } from '../describe.ts'
import { each } from '../each.ts'
import { api, unknownPathsOf } from '../paths.ts'
import { Unexpected } from '../unexpected.ts'

/** Where it is not 200 of what needs no id, and 404 of an id that nothing has. */
const exceptions: Readonly<Record<string, readonly number[]>> = {
  // Nothing was brought back from a provider, so that the state is missing.
  finishConnection: [422],
  // The table keeps audit records where the deployment says so.
  listAudit: [200, 409],
}

const expected = ({ id, access, params }: Operation, admin: boolean): readonly number[] => {
  if (access === 'admin' && !admin) return [403]
  return exceptions[id] ?? (params ? [404] : [200])
}

/** The token is good, and finds a provider if there is one. */
export const tokenTaken = async (scene: Scene): Promise<void> => {
  const answer = await scene.ask({ path: `${api}/providers/?limit=1`, token: true })
  expectStatus(answer, 200)
  const { data } = fieldsOf(answer)
  const first = Array.isArray(data) ? (data[0] as { readonly id?: unknown } | undefined) : undefined
  if (typeof first?.id === 'string') scene.someProviderId = first.id
}

/** What only an admin may read says which role the token has. */
const isAdmin = async ({ ask }: Scene): Promise<boolean> => {
  const answer = await ask({ path: `${api}/jobs/?limit=1`, token: true })
  expectStatus(answer, 200, 403)
  return answer.status === 200
}

export const tokenOfAdmin = async (scene: Scene): Promise<void> => {
  if (!(await isAdmin(scene))) throw new Unexpected(`expected the token of an admin; ${api}/jobs/ answered 403`)
}

/** Every GET that takes a token answers as the contract says, without changing anything. */
export const readings = (operations: readonly Operation[]) => async (scene: Scene) => {
  const admin = await isAdmin(scene)
  const rows = operations
    .filter((operation) => operation.access !== 'public' && methodsOf(operation).includes('GET'))
    .flatMap((operation) => unknownPathsOf(operation).map((path) => ({ operation, path })))
  await each(rows, async ({ operation, path }) => {
    const page = operation.query && 'limit' in operation.query.shape ? '?limit=1' : ''
    const answer = await scene.ask({ path: path + page, token: true })
    expectStatus(answer, ...expected(operation, admin))
    if (answer.status !== 200) return
    const result = operation.replies[200]?.safeParse(answer.body)
    if (result?.success) return
    const [issue] = result?.error.issues ?? []
    throw new Unexpected(
      `expected the body of ${operation.id}; of it ${issue?.path.join('.')} is not right: ${described(answer)}`,
    )
  })
}
