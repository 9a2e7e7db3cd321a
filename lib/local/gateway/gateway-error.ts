/** What API Gateway answers by itself: response type, default status, `x-amzn-ErrorType`, default message. */
const errors = {
  ACCESS_DENIED: ['ACCESS_DENIED', 403, 'AccessDeniedException', 'User is not authorized to access this resource'],
  API_CONFIGURATION_ERROR: ['API_CONFIGURATION_ERROR', 500, 'ApiConfigurationException', 'Internal server error'],
  AUTHORIZER_CONFIGURATION_ERROR: ['AUTHORIZER_CONFIGURATION_ERROR', 500, 'AuthorizerConfigurationException', null],
  AUTHORIZER_FAILURE: ['AUTHORIZER_FAILURE', 500, 'AuthorizerConfigurationException', null],
  BAD_REQUEST: ['DEFAULT_4XX', 400, 'BadRequestException', 'Bad Request'],
  HEADERS_TOO_LARGE: ['DEFAULT_4XX', 431, 'BadRequestException', 'Request Header Fields Too Large'],
  // 504 is the documented default; a function that fails or answers nonsense gives 502.
  INTEGRATION_FAILURE: ['INTEGRATION_FAILURE', 502, 'InternalServerErrorException', 'Internal server error'],
  INTEGRATION_TIMEOUT: ['INTEGRATION_TIMEOUT', 504, 'InternalServerErrorException', 'Endpoint request timed out'],
  MISSING_AUTHENTICATION_TOKEN: [
    'MISSING_AUTHENTICATION_TOKEN',
    403,
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
  ],
  REQUEST_TOO_LARGE: ['REQUEST_TOO_LARGE', 413, 'RequestTooLargeException', 'Request Too Long'],
  THROTTLED: ['THROTTLED', 429, 'TooManyRequestsException', 'Too Many Requests'],
  UNSUPPORTED_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 415, 'BadRequestException', 'Unsupported Media Type'],
  UNAUTHORIZED: ['UNAUTHORIZED', 401, 'UnauthorizedException', 'Unauthorized'],
} as const satisfies Record<string, readonly [string, number, string, string | null]>

/** Thrown wherever the gateway refuses; rendered once, by `gatewayResponse`. */
export class GatewayError extends Error {
  /** Names the gateway response that answers. */
  readonly responseType: string
  /** When the gateway response gives none. */
  readonly status: number
  /** For `x-amzn-ErrorType`. */
  readonly errorType: string
  /** `$context.error.message`; null as on AWS when an authorizer failed. */
  readonly text: string | null

  constructor(name: keyof typeof errors, text: string | null = errors[name][3]) {
    super(text ?? name)
    const [responseType, status, errorType] = errors[name]
    this.responseType = responseType
    this.status = status
    this.errorType = errorType
    this.text = text
  }
}
