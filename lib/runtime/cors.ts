import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { ALLOWED_HEADERS, ALLOWED_METHODS, EXPOSED_HEADERS } from '../contract/cors.ts'
import { configuration } from './configuration.ts'
import { headerValues } from './middleware/request.ts'

/** Browsers keep a preflight's answer so long; Chromium not longer than this. */
const MAX_AGE_SECONDS = 7200

/** The origin of the request when its pages may call, compared as a whole; undefined for any other. */
const originOf = (event: APIGatewayProxyEvent): string | undefined => {
  const [origin, ...others] = headerValues(event, 'origin')
  return origin !== undefined && others.length === 0 && configuration.allowedOrigins().includes(origin)
    ? origin
    : undefined
}

/**
 * What lets a page of an allowed origin read an answer (Fetch standard, section 3.3). Never with credentials: who calls
 * is in a header that the page itself must know. Nothing at all where no origins are configured.
 */
export const crossOriginHeaders = (event: APIGatewayProxyEvent): Readonly<Record<string, string>> => {
  if (configuration.allowedOrigins().length === 0) return {}
  const origin = originOf(event)
  return {
    // Whatever keeps an answer must not give it to another origin.
    Vary: 'Origin',
    ...(origin !== undefined && {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': EXPOSED_HEADERS,
    }),
  }
}

/** The Lambda handler of preflight requests: tells an allowed origin what it may send, and any other nothing. */
export const preflight = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => ({
  statusCode: 204,
  headers: {
    'Cache-Control': 'no-store',
    ...crossOriginHeaders(event),
    ...(originOf(event) !== undefined && {
      'Access-Control-Allow-Methods': ALLOWED_METHODS,
      'Access-Control-Allow-Headers': ALLOWED_HEADERS,
      'Access-Control-Max-Age': String(MAX_AGE_SECONDS),
    }),
  },
  body: '',
})
