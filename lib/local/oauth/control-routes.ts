import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import * as z from 'zod'
import { readBody } from './read-body.ts'
import type { UpstreamControl } from './upstream-control.ts'

const PREFIX = '/control/'

/**
 * Serves the control as `POST /control/<name>` with the one argument as JSON, and the JSON result or 204;
 * what takes no argument also as GET. `GET /control/client` gives the ready-made client's id and secret.
 */
export function addControlRoutes(
  provider: Provider,
  control: UpstreamControl,
  client: { clientId: string; clientSecret: string },
): void {
  const questions = new Map<string, () => unknown>([
    ['requests', () => control.requests()],
    ['liveGrants', () => control.liveGrants()],
    ['client', () => client],
  ])
  // The control checks its arguments itself.
  const commands = new Map<string, (argument: never) => unknown>([...Object.entries(control), ...questions])

  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    if (!ctx.path.startsWith(PREFIX)) return next()
    const call = (ctx.method === 'POST' ? commands : questions).get(ctx.path.slice(PREFIX.length))
    if (!call) return answer(ctx, 404, { message: 'There is no such control.' })
    // A page of another site cannot send JSON here without asking first.
    if (ctx.method === 'POST' && !ctx.is('json')) return answer(ctx, 415, { message: 'Send JSON.' })
    try {
      const text = await readBody(ctx.req)
      const result = await call((text === '' ? undefined : JSON.parse(text)) as never)
      answer(ctx, result === undefined ? 204 : 200, result)
    } catch (error) {
      answer(ctx, 400, { message: error instanceof z.ZodError ? z.prettifyError(error) : String(error) })
    }
  })
}

function answer(ctx: KoaContextWithOIDC, status: number, body: unknown): void {
  ctx.body = body
  ctx.status = status
}
