import type { IncomingMessage } from 'node:http'
import { functionOf, platformAccessKeyId } from '../services/client-config.ts'
import type { Endpoints } from '../services/services.ts'
import type { Authority } from './authority.ts'
import { type NeedsOf, Unreadable } from './needs/input.ts'
import { startProxy } from './proxy.ts'
import { type Refusal, refusal } from './refusal.ts'

type Service = keyof Endpoints

/** What requests are judged by. */
export interface Judge {
  readonly authority: Authority
  /** What a request to each service needs. */
  readonly needs: Readonly<Record<Service, NeedsOf>>
  /** Told in one line of each request that is denied. */
  readonly onDenied: (line: string) => void
}

/** What stands between the functions and the services. */
export interface Gate {
  /** What the functions are told of. */
  readonly endpoints: Endpoints
  /** Until called every function is unknown. */
  enforce(judge: Judge): void
  close(): Promise<void>
}

/** How `X-Amz-Target` begins. */
const targets = { dynamodb: 'DynamoDB_20120810.', sqs: 'AmazonSQS.', kms: 'TrentService.' } as const

/**
 * Opens a gate before each service: a request that a function has signed passes when the role of the function allows it,
 * one of the platform passes always, and any other is refused. Signatures are not checked; this keeps a stack honest, it
 * does not keep anyone out.
 */
export async function openGate(services: Endpoints): Promise<Gate> {
  await using started = new AsyncDisposableStack()
  let judge: Judge | undefined

  const open = async (service: Service): Promise<string> => {
    const proxy = await startProxy(services[service], (request, body) => inspect(service, request, body, judge))
    started.defer(() => proxy.close())
    return proxy.endpoint
  }
  const endpoints = { dynamodb: await open('dynamodb'), sqs: await open('sqs'), kms: await open('kms') }

  const running = started.move()
  return {
    endpoints,
    enforce(by) {
      judge = by
    },
    close: () => running.disposeAsync(),
  }
}

function inspect(
  service: Service,
  { headers }: IncomingMessage,
  body: Buffer | undefined,
  judge: Judge | undefined,
): Refusal | undefined {
  const [, accessKeyId] = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\//.exec(headers.authorization ?? '') ?? []
  if (accessKeyId === undefined) return refusal(service, 'noSignature')
  if (body === undefined) return refusal(service, 'tooLarge')
  if (accessKeyId === platformAccessKeyId) return undefined
  const functionId = functionOf(accessKeyId)
  if (!judge?.authority.knows(functionId)) return refusal(service, 'unknownClient')

  const target = String(headers['x-amz-target'] ?? '')
  const operation = target.startsWith(targets[service]) ? target.slice(targets[service].length) : ''
  try {
    const denial = refuse(service, operation, functionId, body, judge)
    if (denial === undefined) return undefined
    judge.onDenied(denial)
    return refusal(service, 'accessDenied', denial)
  } catch (error) {
    if (error instanceof Unreadable) return refusal(service, 'unreadable', error.message)
    throw error
  }
}

function refuse(
  service: Service,
  operation: string,
  functionId: string,
  body: Buffer,
  { authority, needs }: Judge,
): string | undefined {
  const wanted = needs[service](operation, parse(body))
  if (!wanted) return authority.refuseUnknown(functionId, `${service}:${operation}`)
  if (wanted.length === 0) throw new Unreadable('the request asks for nothing')
  for (const need of wanted) {
    const denial = authority.refuse(functionId, need)
    if (denial !== undefined) return denial
  }
  return undefined
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new Unreadable('the body is not JSON')
  }
}
