import type { ApiDefinition } from '../model.ts'
import type { GatewayError } from './gateway-error.ts'
import type { Reply } from './reply.ts'
import type { GatewayRequest } from './request.ts'

const DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
/** AWS really spells this one with a capital letter. */
const DENIED_TEMPLATE = '{"Message":$context.error.messageString}'

/** The API's own answer to a refusal: its gateway response, else its DEFAULT_4XX or DEFAULT_5XX, else that of AWS. */
export function gatewayResponse(
  api: Pick<ApiDefinition, 'responses' | 'stage'>,
  request: Pick<GatewayRequest, 'id' | 'extendedId' | 'method' | 'path'>,
  error: GatewayError,
): Reply {
  const fallback = error.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'
  const definition = api.responses[error.responseType] ?? api.responses[fallback]
  const templates = Object.entries(definition?.templates ?? {})
  const [contentType, template] = templates.find(([type]) => type === 'application/json') ??
    templates[0] ?? ['application/json', error.responseType === 'ACCESS_DENIED' ? DENIED_TEMPLATE : DEFAULT_TEMPLATE]
  const context: Record<string, string> = {
    'error.message': error.text ?? '',
    'error.messageString': JSON.stringify(error.text),
    'error.responseType': error.responseType,
    requestId: request.id,
    extendedRequestId: request.extendedId,
    httpMethod: request.method,
    path: `/${api.stage}${request.path}`,
    stage: api.stage,
  }
  return {
    status: definition?.statusCode ?? error.status,
    headers: [
      ['Content-Type', contentType],
      ['x-amzn-ErrorType', error.errorType],
      ...Object.entries(definition?.headers ?? {}),
    ],
    body: Buffer.from(template.replace(/\$context\.(\w+(?:\.\w+)*)/g, (_, name: string) => context[name] ?? '')),
  }
}
