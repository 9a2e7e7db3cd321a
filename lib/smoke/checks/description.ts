import { openapi } from '../../contract/openapi.ts'
import type { Scene } from '../check.ts'
import { expectStatus, fieldsOf, unexpected } from '../describe.ts'
import { api } from '../paths.ts'
import { Unexpected } from '../unexpected.ts'

const path = `${api}/openapi.json`
const NAMED = 5

type Document = Readonly<Record<string, Readonly<Record<string, { readonly operationId?: unknown }>>>>

const pathsIn = ({ paths }: Readonly<Record<string, unknown>>): Document | undefined =>
  typeof paths === 'object' && paths !== null ? (paths as Document) : undefined

/** `GET /api/... (listProviders)` */
const operationsIn = (document: Document): readonly string[] =>
  Object.entries(document).flatMap(([where, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${where} (${operationId})`),
  )

const listed = (names: readonly string[]): string =>
  names.length > NAMED ? `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more` : names.join(', ')

/** There is an API, and it is a Grantkeeper. */
export const served = async ({ ask }: Scene): Promise<void> => {
  const answer = await ask({ path })
  expectStatus(answer, 200)
  if (!pathsIn(fieldsOf(answer))) throw unexpected('an OpenAPI document', answer)
}

/** What is deployed does what the sources at hand say. */
export const ofThisVersion = async ({ ask }: Scene): Promise<void> => {
  const there = operationsIn(pathsIn(fieldsOf(await ask({ path }))) ?? {})
  const here = operationsIn(pathsIn(openapi()) ?? {})
  const missing = here.filter((operation) => !there.includes(operation))
  const besides = there.filter((operation) => !here.includes(operation))
  if (missing.length + besides.length === 0) return
  const came = [
    missing.length > 0 ? `it lacks ${listed(missing)}` : [],
    besides.length > 0 ? `it has besides ${listed(besides)}` : [],
  ].flat()
  throw new Unexpected(`expected the ${here.length} operations of this version; ${came.join('; ')}`)
}
