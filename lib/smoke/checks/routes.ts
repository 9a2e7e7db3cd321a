import { methodsOf } from '../../contract/index.ts'
import type { Operation } from '../../contract/operation.ts'
import type { Answer } from '../ask.ts'
import type { Scene } from '../check.ts'
import { expectStatus, unexpected } from '../describe.ts'
import { each } from '../each.ts'
import { otherSpelling, unknownPathsOf } from '../paths.ts'

interface Route {
  readonly operation: Operation
  readonly method: string
  readonly path: string
}

const routesOf = (operations: readonly Operation[]): readonly Route[] =>
  operations.flatMap((operation) =>
    // Where pages may call, a preflight function answers OPTIONS on every path.
    methodsOf(operation).flatMap((method) =>
      method === 'OPTIONS' ? [] : unknownPathsOf(operation).map((path) => ({ operation, method, path })),
    ),
  )

/** What shows that a route is there, to somebody without a token: it is guarded, or answers by itself. */
const expectRoute = (answer: Answer, { surface, access }: Operation): void => {
  if (access !== 'public') expectStatus(answer, 401)
  else if (surface !== 'pages') expectStatus(answer, 200)
  else if (!isPage(answer) && !isEnd(answer)) throw unexpected('a page', answer)
}

const isPage = ({ status, headers }: Answer): boolean =>
  [200, 400, 422].includes(status) && headers['content-type']?.startsWith('text/html') === true

/** With `successUrl` and `errorUrl` a page may be a redirect to these; one to its own other spelling it may not. */
const isEnd = ({ question: { path }, status, headers: { location } }: Answer): boolean => {
  if ((status !== 302 && status !== 303) || location === undefined || !URL.canParse(location)) return false
  return !withoutSlash(new URL(location).pathname).endsWith(withoutSlash(path))
}

const withoutSlash = (path: string): string => path.replace(/\/$/, '')

/** Every operation is there: nothing but its own path and method answers so. */
export const reachable =
  (operations: readonly Operation[]) =>
  ({ ask }: Scene): Promise<void> =>
    each(routesOf(operations), async ({ operation, method, path }) =>
      expectRoute(await ask({ method, path }), operation),
    )

/** The same in the spelling that the contract does not have. */
export const reachableOtherwise =
  (operations: readonly Operation[]) =>
  ({ ask }: Scene): Promise<void> =>
    each(routesOf(operations), async ({ operation, method, path }) =>
      expectRoute(await ask({ method, path: otherSpelling(path) }), operation),
    )
