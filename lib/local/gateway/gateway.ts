import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { ApiDefinition, Functions } from '../model.ts'
import { OwnServer } from '../own-server.ts'
import { createServe, type Serve } from './serve.ts'

/** API Gateway, locally. */
export interface Gateway {
  /** `http://127.0.0.1:<port>`, without a trailing slash; the stage is no part of it. */
  readonly url: string
  /** Until called every request answers 503. */
  serve(api: ApiDefinition, functions: Functions): void
  /** Takes no more connections; requests in flight have a second to end. */
  close(): Promise<void>
}

const notYet: Serve = async (_message, response) => {
  const body = JSON.stringify({ message: 'Service Unavailable' })
  response.writeHead(503, { 'Content-Type': 'application/json', 'Retry-After': '1' }).end(body)
}

/** Binds at once. Rejects with one line that names the port when it is taken. */
export async function openGateway(options: {
  port: number
  host?: '127.0.0.1'
  /** Where else the API is reached. */
  publicBaseUrl?: string | undefined
}): Promise<Gateway> {
  const { port, host = '127.0.0.1' } = options
  let current = notYet
  let closing = false
  const serverOptions = {
    // Above the 10,240 bytes that are counted, so that the refusal is the API's own.
    maxHeaderSize: 64 * 1024,
    // A client ends its idle connections. Were it the server, a request could meet the end of one and be reset.
    keepAliveTimeout: 0,
    headersTimeout: 20_000,
    requestTimeout: 60_000,
    connectionsCheckingInterval: 5_000,
  }
  const server = new OwnServer(serverOptions, options.publicBaseUrl)
  // Longer than an authorizer and an integration take together, so that only silent clients are cut off.
  server.timeout = 120_000
  server.on('request', (message, response) => {
    if (closing) response.setHeader('Connection', 'close')
    void current(message, response)
  })
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new Error(`port ${port} on ${host} is in use by another program`, { cause: error })
  }

  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    serve(api, functions) {
      current = createServe(api, functions)
    },
    async close() {
      closing = true
      const closed = once(server, 'close')
      server.close()
      const impatience = setTimeout(() => server.closeAllConnections(), 1000)
      await closed
      clearTimeout(impatience)
    },
  }
}
