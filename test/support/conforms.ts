import { expect } from 'vitest'
import type * as z from 'zod'
import { methodsOf, operations, pathsOf } from '../../lib/contract/index.ts'
import type { Operation } from '../../lib/contract/operation.ts'
import { errorBodies } from '../../lib/contract/schemas/error.ts'
import type { Answer, Caller } from './grantkeeper.ts'

/** What every operation may answer besides its own errors, the gateway's word for a function that broke among it. */
const ANY_TIME = [401, 429, 500, 502, 503, 504]

/** The caller, whose every answer is held against the contract: a declared status, and the very body of its schema. */
export const checked = (caller: Caller): Caller => {
  const request: Caller['request'] = async (method, path, ...rest) => {
    const answer = await caller.request(method, path, ...rest)
    conforms(operationOf(method, path.startsWith('//') ? path.slice(1) : `/api/v2/externalOAuth${path}`), answer)
    return answer
  }
  return {
    ...caller,
    request,
    get: (path) => request('GET', path),
    post: (path, body) => request('POST', path, body),
    patch: (path, body) => request('PATCH', path, body),
    delete: (path) => request('DELETE', path),
  }
}

const operationOf = (method: string, url: string): Operation => {
  const [path = ''] = url.split('?')
  const found = operations.filter(
    (operation) =>
      methodsOf(operation).includes(method) && pathsOf(operation).some((pattern) => matches(pattern, path)),
  )
  // A path without parameters wins: `providers/callback/` is not a provider.
  const operation = found.find((each) => each.params === undefined) ?? found[0]
  if (!operation) throw new Error(`No operation is ${method} ${path}`)
  return operation
}

const matches = (pattern: string, path: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/\/$/, '')
      .replaceAll('.', '\\.')
      .replace(/\{\w+\}/g, '[^/]+')}/?$`,
  ).test(path)

const conforms = (operation: Operation, { status, body, headers, text }: Answer): void => {
  const where = `${operation.id} answered ${status} ${text}`
  expect(headers.get('cache-control')).toBe('no-store')
  const schema: z.ZodType | null | undefined = operation.replies[status]
  if (schema === null) {
    expect(text).toBe('')
    return
  }
  if (schema === undefined && ![...operation.errors, ...ANY_TIME].includes(status)) {
    throw new Error(`${where}, which its row does not declare`)
  }
  const result = (schema ?? errorBodies[operation.surface]).safeParse(body)
  if (!result.success) throw new Error(`${where}: ${result.error.message}`)
  // What the schema does not know it leaves out, so that an answer that says more is not equal.
  if (schema) expect(result.data).toEqual(body)
}
