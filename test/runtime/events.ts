import type { APIGatewayProxyEvent, Context } from 'aws-lambda'

export interface Sent {
  readonly params?: Record<string, string>
  readonly query?: Record<string, string[]>
  readonly body?: unknown
  readonly headers?: Record<string, string[]>
  /** What the authorizer says; null for a route without one. */
  readonly authorizer?: Record<string, unknown> | null
  /** Milliseconds since the gateway received the request. */
  readonly elapsedMs?: number
}

/** What the authorizer says of a member; `exp` in an hour. */
export const member = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  userId: 'grace',
  orgId: 'acme',
  roles: '',
  exp: String(Math.floor(Date.now() / 1000) + 3600),
  ...changes,
})

/** A request as API Gateway hands it to a function. */
export const aRequest = (sent: Sent = {}): APIGatewayProxyEvent => {
  const { params, query, body, headers = {}, authorizer = member(), elapsedMs = 0 } = sent
  return {
    pathParameters: params ?? null,
    multiValueQueryStringParameters: query ?? null,
    body: body === undefined ? null : Buffer.from(JSON.stringify(body)).toString('base64'),
    isBase64Encoded: true,
    headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: headers,
    requestContext: {
      requestId: 'request-1',
      requestTimeEpoch: Date.now() - elapsedMs,
      ...(authorizer && { authorizer }),
    },
  } as unknown as APIGatewayProxyEvent
}

/** The context of an invocation that may take so long yet. */
export const aContext = (remainingMs = 29_000): Context =>
  ({ getRemainingTimeInMillis: () => remainingMs, awsRequestId: 'invocation-1' }) as unknown as Context
