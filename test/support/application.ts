import { listenOnLoopback } from '../../lib/local/oauth/loopback-server.ts'

/** The application that a browser goes back to, with all that it was asked. */
export interface Application {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** The URLs of the requests so far, but for the browser's wish for an icon. */
  readonly visits: readonly URL[]
  close(): Promise<void>
}

/** Every page of it is this one unless another is given. */
export const startApplication = async (html = '<h1>The application</h1>'): Promise<Application> => {
  const { server, url, close } = await listenOnLoopback(0)
  const visits: URL[] = []
  server.on('request', (request, response) => {
    const visited = new URL(request.url ?? '/', url)
    if (visited.pathname !== '/favicon.ico') visits.push(visited)
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>App</title>${html}`)
  })
  return { url, visits, close }
}
