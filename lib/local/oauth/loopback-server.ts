import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OwnServer } from '../own-server.ts'

/** An HTTP server on 127.0.0.1 that has its port but no request listener yet. */
export interface LoopbackServer {
  server: Server
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  url: string
  /** Stops listening and cuts open connections. */
  close(): Promise<void>
}

/**
 * Listens on 127.0.0.1; port 0 takes a free one. An OAuth server needs its own URL before it can be built,
 * so the caller adds the request listener, in the same tick as this resolves.
 * Rejects with one line that names the port when it is taken.
 */
export async function listenOnLoopback(port: number, publicBaseUrl?: string): Promise<LoopbackServer> {
  // A client ends its idle connections. Were it the server, a request could meet the end of one and be reset.
  const server = new OwnServer({ keepAliveTimeout: 0 }, publicBaseUrl)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(taken ? new Error(`port ${port} on 127.0.0.1 is in use by another program`, { cause: error }) : error)
    })
    server.listen(port, '127.0.0.1', () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
  const address = server.address() as AddressInfo
  return {
    server,
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
