import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway'
import { EXPOSED_HEADERS } from '../contract/cors.ts'
import { notFound, ownBody } from '../contract/own-answers.ts'

/** Response type, status (of its own when undefined), the code and the sentence, headers besides those of all. */
type Row = readonly [
  type: ResponseType,
  status: number | undefined,
  code: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
]

const bearer = { 'WWW-Authenticate': 'Bearer' }
const failed = 'The request could not be carried out.'

const rows: readonly Row[] = [
  [ResponseType.UNAUTHORIZED, 401, 'unauthorized', 'Unauthorized', bearer],
  [ResponseType.EXPIRED_TOKEN, 401, 'unauthorized', 'Unauthorized', bearer],
  [ResponseType.INVALID_SIGNATURE, 401, 'unauthorized', 'Unauthorized', bearer],
  [ResponseType.ACCESS_DENIED, 403, 'forbidden', 'Forbidden'],
  [ResponseType.INVALID_API_KEY, 403, 'forbidden', 'Forbidden'],
  [ResponseType.WAF_FILTERED, 403, 'forbidden', 'Forbidden'],
  // What API Gateway says of every route and method that it does not know.
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, 404, notFound.code, notFound.message],
  [ResponseType.RESOURCE_NOT_FOUND, 404, notFound.code, notFound.message],
  [ResponseType.REQUEST_TOO_LARGE, 413, 'tooLarge', 'The body is larger than this operation takes.'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, 415, 'unsupportedMediaType', 'The content type is not supported.'],
  [ResponseType.BAD_REQUEST_BODY, 422, 'invalidRequest', 'The request is not valid.'],
  [ResponseType.BAD_REQUEST_PARAMETERS, 422, 'invalidRequest', 'The request is not valid.'],
  [
    ResponseType.THROTTLED,
    429,
    'throttled',
    'Too many requests. Try again after the time in Retry-After.',
    { 'Retry-After': '1' },
  ],
  [ResponseType.QUOTA_EXCEEDED, 429, 'quotaExceeded', 'The quota of requests is used up.'],
  [ResponseType.API_CONFIGURATION_ERROR, 502, 'internal', failed],
  [ResponseType.INTEGRATION_FAILURE, 502, 'internal', failed],
  [ResponseType.INTEGRATION_TIMEOUT, 504, 'timeout', 'The request took too long. It may have been carried out.'],
  // The token was not judged, most likely because its issuer gave no keys: nothing is wrong with the request.
  [
    ResponseType.AUTHORIZER_FAILURE,
    503,
    'tokenNotChecked',
    'The token could not be checked. Try again after the time in Retry-After.',
    { 'Retry-After': '5' },
  ],
  [ResponseType.AUTHORIZER_CONFIGURATION_ERROR, 500, 'internal', failed],
  [ResponseType.DEFAULT_4XX, undefined, 'badRequest', 'The request is not valid.'],
  [ResponseType.DEFAULT_5XX, undefined, 'internal', failed],
]

/**
 * Gives every answer that API Gateway makes by itself a body that fits all surfaces: some read only `detail`; and lets
 * pages of the allowed origins read it.
 */
export const addGatewayResponses = (api: RestApi, allowedOrigins: readonly string[]): void => {
  for (const [type, status, code, message, headers] of rows) {
    api.addGatewayResponse(type.responseType, {
      type,
      ...(status !== undefined && { statusCode: String(status) }),
      // Without the code an answer of the gateway could be taken for one that was relayed.
      responseHeaders: quoted({
        'Cache-Control': 'no-store',
        'X-Grantkeeper-Error': code,
        ...readableBy(allowedOrigins),
        ...headers,
      }),
      // Literal texts: `$context.error.messageString` is null where an authorizer fails.
      templates: { 'application/json': JSON.stringify(ownBody(message)) },
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
