import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { RawRequest } from '../../contract/operation.ts'
import { bodyBytes, isEncoded } from './body-bytes.ts'

/** The request as it came, for an operation that hands it on. */
export const readRaw = (event: APIGatewayProxyEvent): RawRequest => {
  const { httpMethod, body, multiValueHeaders, multiValueQueryStringParameters } = event
  const bytes = bodyBytes(event)
  return {
    method: httpMethod,
    path: pathOf(event),
    query: queryOf(multiValueQueryStringParameters),
    headers: pairs(multiValueHeaders).filter(
      ([name, value]) => name.toLowerCase() !== 'content-encoding' || isEncoded(value, bytes),
    ),
    ...(body && { body: bytes }),
  }
}

/**
 * What `{name+}` stands for. The parameter has lost its last slash and every doubled one, which mean something to the
 * server that it goes to. They are in the path of the request, which is looked at here, and only for them.
 */
const pathOf = ({ pathParameters, requestContext }: APIGatewayProxyEvent): string => {
  const segments = (Object.values(pathParameters ?? {}).at(-1) ?? '').split('/').filter((segment) => segment !== '')
  const asSent = new RegExp(`/${segments.map((segment) => segment.replace(/\W/g, '\\$&')).join('/+')}/*$`)
  return asSent.exec(requestContext.path)?.[0].slice(1) ?? segments.join('/')
}

/** The gateway hands names and values on decoded. */
const queryOf = (parameters: APIGatewayProxyEvent['multiValueQueryStringParameters']): string => {
  const encoded = pairs(parameters).map((pair) => pair.map((text) => encodeURIComponent(text.toWellFormed())).join('='))
  return encoded.length === 0 ? '' : `?${encoded.join('&')}`
}

const pairs = (values: { [name: string]: string[] | undefined } | null): (readonly [string, string])[] =>
  Object.entries(values ?? {}).flatMap(([name, all]) => (all ?? []).map((value) => [name, value] as const))
