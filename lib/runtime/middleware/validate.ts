import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type * as z from 'zod'
import type { Operation } from '../../contract/operation.ts'
import { type FieldError, invalid, Problem } from '../../domain/problem.ts'
import { readBody, readForm } from './read-body.ts'
import { readRaw } from './read-raw.ts'
import { found } from './request.ts'
import { sentence } from './sentence.ts'

/** Checks path parameters, query and body against the row's schemas; every field that is wrong is named at once. */
export const validate = ({
  surface,
  params,
  query,
  body,
  relays,
  maxBodyMebibytes,
}: Operation): MiddlewareObj<APIGatewayProxyEvent, unknown> => ({
  before: ({ event }) => {
    const request = found(event)
    const fields: FieldError[] = []
    if (params) request.params = check(params, pathParameters(event), 'path', fields)
    if (query) request.query = check(query, event.multiValueQueryStringParameters ?? {}, 'query', fields)
    if (body) {
      const given = surface === 'pages' ? readForm(event) : readBody(event, maxBodyMebibytes)
      request.body = check(body, given, 'body', fields)
    }
    if (relays === 'both') request.raw = readRaw(event)
    if (fields.length > 0) throw new Problem('invalidRequest', { fields })
  },
})

const check = (schema: z.ZodType, value: unknown, where: string, fields: FieldError[]): unknown => {
  const result = schema.safeParse(value, { error: sentence })
  if (result.success) return result.data
  for (const { path, message } of result.error.issues) {
    const name = fieldName(path, where)
    // The first thing that is wrong with a field; what else is said of it often only follows from that.
    if (!fields.some((field) => field.name === name)) fields.push({ name, message })
  }
  return undefined
}

/** `metadata.host`; the place in a repeated query parameter is left out, since its caller knows it by its name. */
const fieldName = (path: readonly PropertyKey[], where: string): string =>
  (where === 'query' ? path.slice(0, 1) : path).map(String).join('.') || where

/** REST APIs hand on path parameters as they were sent, so they are decoded here, once. */
const pathParameters = ({ pathParameters: raw }: APIGatewayProxyEvent): Record<string, string> =>
  Object.fromEntries(
    Object.entries(raw ?? {}).map(([name, value = '']) => {
      try {
        return [name, decodeURIComponent(value)]
      } catch {
        throw invalid(name, 'is not valid percent-encoding')
      }
    }),
  )
