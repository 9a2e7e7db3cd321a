import { randomUUID } from 'node:crypto'
import type { Endpoints } from '../services/services.ts'

/** A request's answer when it goes no further. */
export interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Why a request is refused. */
export type Fault = keyof typeof faults

/**
 * By reason: the type that the JSON protocols name, the code of SQS's older protocol, and the message, where it is always
 * the same. Of what SQS says in both, the SDK takes the older code.
 */
const faults = {
  accessDenied: ['AccessDeniedException', 'AccessDenied', ''],
  unknownClient: [
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'The security token included in the request is invalid.',
  ],
  noSignature: [
    'MissingAuthenticationTokenException',
    'MissingAuthenticationToken',
    'Request is missing Authentication Token',
  ],
  unreadable: ['SerializationException', 'SerializationException', ''],
  tooLarge: ['RequestEntityTooLargeException', 'RequestEntityTooLarge', 'Request size exceeded the limit'],
} as const

/** How each service writes its errors; KMS names no namespace. */
const services = {
  dynamodb: { contentType: 'application/x-amz-json-1.0', namespace: 'com.amazon.coral.service#', deniedStatus: 400 },
  kms: { contentType: 'application/x-amz-json-1.1', namespace: '', deniedStatus: 400 },
  sqs: { contentType: 'application/x-amz-json-1.0', namespace: 'com.amazon.coral.service#', deniedStatus: 403 },
} as const satisfies Record<keyof Endpoints, unknown>

/** The answer of a service that refuses, as it is on AWS. */
export function refusal(service: keyof Endpoints, fault: Fault, text?: string): Refusal {
  const [type, code, message] = faults[fault]
  const { contentType, namespace, deniedStatus } = services[service]
  const body = JSON.stringify({ __type: `${namespace}${type}`, Message: text ?? message })
  return {
    status: fault === 'unreadable' ? 400 : fault === 'tooLarge' ? 413 : deniedStatus,
    headers: {
      'content-type': contentType,
      'content-length': String(Buffer.byteLength(body)),
      'x-amzn-requestid': randomUUID(),
      ...(service === 'sqs' && { 'x-amzn-query-error': `${code};Sender` }),
    },
    body,
  }
}
