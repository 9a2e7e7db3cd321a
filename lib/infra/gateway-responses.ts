import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway'
import { EXPOSED_HEADERS } from '../contract/cors.ts'

/** Response type, status (of its own when undefined), the sentence for a person, headers besides `Cache-Control`. */
type Row = readonly [
  type: ResponseType,
  status: number | undefined,
  message: string,
  headers?: Readonly<Record<string, string>>,
]

const bearer = { 'WWW-Authenticate': 'Bearer' }
const failed = 'The request could not be carried out.'

const rows: readonly Row[] = [
  [ResponseType.UNAUTHORIZED, 401, 'Unauthorized', bearer],
  [ResponseType.EXPIRED_TOKEN, 401, 'Unauthorized', bearer],
  [ResponseType.INVALID_SIGNATURE, 401, 'Unauthorized', bearer],
  [ResponseType.ACCESS_DENIED, 403, 'Forbidden'],
  [ResponseType.INVALID_API_KEY, 403, 'Forbidden'],
  [ResponseType.WAF_FILTERED, 403, 'Forbidden'],
  // What API Gateway says of every route and method that it does not know.
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, 404, 'Not found'],
  [ResponseType.RESOURCE_NOT_FOUND, 404, 'Not found'],
  [ResponseType.REQUEST_TOO_LARGE, 413, 'The body is larger than this operation takes.'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, 415, 'The content type is not supported.'],
  [ResponseType.BAD_REQUEST_BODY, 422, 'The request is not valid.'],
  [ResponseType.BAD_REQUEST_PARAMETERS, 422, 'The request is not valid.'],
  [ResponseType.THROTTLED, 429, 'Too many requests. Try again after the time in Retry-After.', { 'Retry-After': '1' }],
  [ResponseType.QUOTA_EXCEEDED, 429, 'The quota of requests is used up.'],
  [ResponseType.API_CONFIGURATION_ERROR, 502, failed],
  [ResponseType.INTEGRATION_FAILURE, 502, failed],
  [ResponseType.INTEGRATION_TIMEOUT, 504, 'The request took too long. It may have been carried out.'],
  // The token was not judged, most likely because its issuer gave no keys: nothing is wrong with the request.
  [
    ResponseType.AUTHORIZER_FAILURE,
    503,
    'The token could not be checked. Try again after the time in Retry-After.',
    { 'Retry-After': '5' },
  ],
  [ResponseType.AUTHORIZER_CONFIGURATION_ERROR, 500, failed],
  [ResponseType.DEFAULT_4XX, undefined, 'The request is not valid.'],
  [ResponseType.DEFAULT_5XX, undefined, failed],
]

/**
 * Gives every answer that API Gateway makes by itself a body that fits all surfaces: some read only `detail`; and lets
 * pages of the allowed origins read it.
 */
export const addGatewayResponses = (api: RestApi, allowedOrigins: readonly string[]): void => {
  for (const [type, status, message, headers] of rows) {
    api.addGatewayResponse(type.responseType, {
      type,
      ...(status !== undefined && { statusCode: String(status) }),
      responseHeaders: quoted({ 'Cache-Control': 'no-store', ...readableBy(allowedOrigins), ...headers }),
      // Literal texts: `$context.error.messageString` is null where an authorizer fails.
      templates: { 'application/json': JSON.stringify({ message, errorFields: [], detail: message }) },
    })
  }
}

/**
 * A constant is all that can be said here. One origin is named; of several none can be, and the texts are the same for
 * everybody and open nothing, so that anyone's page may read them, without credentials.
 */
const readableBy = ([origin, ...others]: readonly string[]): Record<string, string> =>
  origin === undefined
    ? {}
    : {
        'Access-Control-Allow-Origin': others.length > 0 ? '*' : origin,
        'Access-Control-Expose-Headers': EXPOSED_HEADERS,
      }

/** API Gateway takes a constant in single quotes. */
const quoted = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]))
