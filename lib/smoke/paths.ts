import { operations, pathsOf } from '../contract/index.ts'
import type { Operation } from '../contract/operation.ts'

/** The base of the first surface. */
export const api = '/api/v2/externalOAuth'
/** An id as Grantkeeper makes them, and yet one that nothing has. */
export const UNKNOWN_ID = '00000000-0000-7000-8000-000000000000'
/** The same for clients whose ids are integers. */
const UNKNOWN_NUMBER = '2147483647'

/** The paths of an operation with ids that are nobody's. */
export const unknownPathsOf = (operation: Operation): readonly string[] =>
  pathsOf(operation).map((path) =>
    path
      .replace(/\{\w+\+\}/, 'x')
      .replace(/\{\w+\}/g, operation.surface === 'userConnections' ? UNKNOWN_NUMBER : UNKNOWN_ID),
  )

/** With its last slash where it has none, without it where it has one. */
export const otherSpelling = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : `${path}/`)

/** The surfaces with their operations. */
export const bySurface = [...Map.groupBy(operations, ({ surface }) => surface)]
