import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { RawRequest } from '../../contract/operation.ts'
import type { Caller } from '../../domain/caller.ts'

/** What the middleware has found out so far, kept on the event for the handler. */
export interface Found {
  caller?: Caller
  params?: unknown
  query?: unknown
  body?: unknown
  raw?: RawRequest
  cookies?: ReadonlyMap<string, string>
}

/** The part of the event that is ours. */
export const found = (event: APIGatewayProxyEvent): Found => {
  const carrier = event as APIGatewayProxyEvent & { request?: Found }
  carrier.request ??= {}
  return carrier.request
}

type Nullable<Type> = { readonly [Name in keyof Type]: Type[Name] | null }

/** The values of a header, whatever its case; `name` in lower case. */
export const headerValues = (
  { multiValueHeaders, headers }: Nullable<Pick<APIGatewayProxyEvent, 'headers' | 'multiValueHeaders'>>,
  name: string,
): readonly string[] => {
  const multi = Object.entries(multiValueHeaders ?? {}).filter(([key]) => key.toLowerCase() === name)
  if (multi.length > 0) return multi.flatMap(([, values]) => values ?? [])
  return Object.entries(headers ?? {}).flatMap(([key, value]) =>
    key.toLowerCase() === name && value !== undefined ? [value] : [],
  )
}
