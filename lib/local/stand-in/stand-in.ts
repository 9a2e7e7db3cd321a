import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { FileStore } from '../oauth/file-store.ts'
import { listenOnLoopback } from '../oauth/loopback-server.ts'
import { readBody } from '../oauth/read-body.ts'
import { Books } from './books.ts'
import { createControl, type StandInControl } from './control.ts'
import { controlAnswer } from './control-routes.ts'
import { createDispatch } from './dispatch.ts'
import { Interactions } from './interactions.ts'
import type { Answer, Call } from './message.ts'
import { playAll } from './play-all.ts'
import { RequestLog } from './request-log.ts'
import { loadSigningKey } from './signing-key.ts'

/** Sixteen OAuth providers on this machine: `https://<host>/<path>` of each is at `<url>/<host>/<path>`. */
export interface StandIn {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly control: StandInControl
  close(): Promise<void>
}

/**
 * Starts the stand-in; what it remembers is in `<dataDir>/stand-in`. Port 0 takes a free port.
 * It is as strict as the providers are, and as odd. Rejects with one line when the port is taken.
 */
export async function startStandIn(options: {
  dataDir: string
  port: number
  publicBaseUrl?: string | undefined
}): Promise<StandIn> {
  const folder = join(options.dataDir, 'stand-in')
  const signingKey = await loadSigningKey(folder)
  const http = await listenOnLoopback(options.port, options.publicBaseUrl)
  const store = new FileStore(join(folder, 'state.jsonl'))
  const books = new Books(store)
  const log = new RequestLog()
  const interactions = new Interactions()
  const played = playAll({ url: http.url, books, interactions, signingKey })
  const control = createControl({ books, log, played })
  const dispatch = createDispatch({ played, books, log })

  const answer = (path: string, call: Call) =>
    controlAnswer(control, path, call) ?? interactions.answer(path, call) ?? dispatch(call)
  http.server.on('request', (request, response) => void serve(request, response, http.url, answer))

  return {
    url: http.url,
    control,
    close: async () => {
      await http.close()
      store.close()
    },
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  base: string,
  answer: (path: string, call: Call) => Answer,
): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', base)
    const [, host = '', ...rest] = url.pathname.split('/')
    const call = {
      method: request.method ?? 'GET',
      host: host.toLowerCase(),
      path: `/${rest.join('/')}`,
      params: {},
      query: url.searchParams,
      headers: request.headers,
      body: await readBody(request),
    }
    send(response, answer(url.pathname, call))
  } catch (error) {
    send(response, { status: 500, body: { message: String(error) } })
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const isText = body === undefined || typeof body === 'string'
  response.writeHead(status, { ...(isText ? {} : { 'content-type': 'application/json' }), ...headers })
  response.end(isText ? body : JSON.stringify(body))
}
