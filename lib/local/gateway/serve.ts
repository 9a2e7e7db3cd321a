import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiDefinition, Functions } from '../model.ts'
import { createAuthorize } from './authorizer.ts'
import { proxyEvent } from './event.ts'
import { GatewayError } from './gateway-error.ts'
import { gatewayResponse } from './gateway-response.ts'
import { integrate } from './integration.ts'
import type { Reply } from './reply.ts'
import { type GatewayRequest, headerOf, identify, readRequest } from './request.ts'
import { proxyReply } from './response.ts'
import { buildRouter } from './router.ts'

/** Answers one request of the API. Never rejects. */
export type Serve = (message: IncomingMessage, response: ServerResponse) => Promise<void>

/** A REST API over the functions it integrates. */
export function createServe(api: ApiDefinition, functions: Functions): Serve {
  const route = buildRouter(api.routes)
  const authorize = createAuthorize(api, functions)

  async function answer(request: GatewayRequest): Promise<Reply> {
    const match = route(request.method, request.path)
    if (!match) throw new GatewayError('MISSING_AUTHENTICATION_TOKEN')
    const { authorizer } = match.route
    const context = authorizer && (await authorize(authorizer, request, match))
    const payload = await integrate(functions, match.route, proxyEvent(api, request, match, context))
    return proxyReply(api, payload, headerOf(request, 'accept'))
  }

  return async (message, response) => {
    const known = identify(message)
    let reply: Reply
    try {
      reply = await answer(await readRequest(message, known))
    } catch (error) {
      if (!message.complete) return
      const refusal = error instanceof GatewayError ? error : new GatewayError('API_CONFIGURATION_ERROR')
      if (refusal !== error) console.error(error)
      reply = gatewayResponse(api, known, refusal)
    }
    send(response, known, reply)
  }
}

function send(response: ServerResponse, ids: { id: string; extendedId: string }, reply: Reply) {
  for (const [name, value] of reply.headers) response.appendHeader(name, value)
  response.setHeader('x-amzn-RequestId', ids.id)
  response.setHeader('x-amz-apigw-id', ids.extendedId)
  if (reply.status !== 204 && reply.status !== 304) response.setHeader('Content-Length', reply.body.length)
  response.writeHead(reply.status).end(reply.body)
}
