import type { FaultProxyCall } from './fault-proxy.ts'

/** An answer as it goes over the wire; `headers` are name and value in turn. */
export interface WireAnswer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

type Service = FaultProxyCall['service']
type Failure = Readonly<Record<Service, { readonly status: number; readonly type: string }>>

/** What each service answers when it fails by itself. */
const internal: Failure = {
  dynamodb: { status: 500, type: 'com.amazonaws.dynamodb.v20120810#InternalServerError' },
  sqs: { status: 500, type: 'com.amazonaws.sqs#InternalError' },
  kms: { status: 500, type: 'KMSInternalException' },
  upstream: { status: 500, type: 'server_error' },
}

const throttled: Failure = {
  dynamodb: { status: 400, type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' },
  sqs: { status: 403, type: 'com.amazonaws.sqs#RequestThrottled' },
  kms: { status: 400, type: 'ThrottlingException' },
  upstream: { status: 429, type: 'temporarily_unavailable' },
}

const contentTypes: Readonly<Record<Service, string>> = {
  dynamodb: 'application/x-amz-json-1.0',
  sqs: 'application/x-amz-json-1.0',
  kms: 'application/x-amz-json-1.1',
  upstream: 'application/json',
}

/** An answer of the service of this call. */
export function jsonAnswer(
  { service }: FaultProxyCall,
  status: number,
  value: unknown,
  ...headers: string[]
): WireAnswer {
  return {
    status,
    headers: ['content-type', contentTypes[service], ...headers],
    body: Buffer.from(JSON.stringify(value)),
  }
}

/** The service's answer to its own failure. */
export function internalError(call: FaultProxyCall): WireAnswer {
  return failure(call, internal)
}

/** The service's answer to too many calls; OAuth servers may say when to come back. */
export function throttle(call: FaultProxyCall, retryAfterSeconds?: number): WireAnswer {
  return failure(
    call,
    throttled,
    ...(retryAfterSeconds === undefined ? [] : ['retry-after', String(retryAfterSeconds)]),
  )
}

/** DynamoDB's answer to a write that met another transaction; in a transaction, the first item is the one that met it. */
export function transactionConflict(call: FaultProxyCall): WireAnswer {
  const items = (call.body as { TransactItems?: unknown[] } | undefined)?.TransactItems
  const namespace = 'com.amazonaws.dynamodb.v20120810#'
  const Message = 'Transaction is ongoing for the item'
  if (!items) return jsonAnswer(call, 400, { __type: `${namespace}TransactionConflictException`, message: Message })
  const reasons = items.map((_, i) => (i === 0 ? { Code: 'TransactionConflict', Message } : { Code: 'None' }))
  const codes = reasons.map(({ Code }) => Code).join(', ')
  return jsonAnswer(call, 400, {
    __type: `${namespace}TransactionCanceledException`,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  })
}

function failure(call: FaultProxyCall, failures: Failure, ...headers: string[]): WireAnswer {
  const { status, type } = failures[call.service]
  if (call.service === 'upstream') return jsonAnswer(call, status, { error: type }, ...headers)
  const code = type.replace(/^.*#/, '')
  // SQS still names its errors as in its older protocol, and the SDK lets that name win.
  if (call.service === 'sqs') headers.push('x-amzn-query-error', `${code};${status < 500 ? 'Sender' : 'Receiver'}`)
  return jsonAnswer(call, status, { __type: type, message: `${code} by plan` }, ...headers)
}
