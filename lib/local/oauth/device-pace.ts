import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Behaviour } from './behaviour.ts'
import { ENDPOINT_ROUTES } from './request-log.ts'

interface Pace {
  intervalSeconds: number
  polledAt?: number
}

/** Device codes are forgotten beyond so many. */
const MOST = 10_000

/**
 * Tells devices how long to wait between two polls, and who polls sooner to slow down by five seconds more for good
 * (RFC 8628 section 3.5): oidc-provider itself says nothing of either.
 */
export function addDevicePace(provider: Provider, behaviour: Behaviour): void {
  const paces = new Map<string, Pace>()

  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    await next()
    const body = ctx.body as Record<string, unknown> | undefined
    if (ctx.path === ENDPOINT_ROUTES.device_authorization && typeof body?.['device_code'] === 'string') {
      const { deviceIntervalSeconds: intervalSeconds } = behaviour
      ctx.body = { ...body, interval: intervalSeconds }
      if (paces.size >= MOST) paces.clear()
      paces.set(body['device_code'], { intervalSeconds })
    }
    if (ctx.path !== ENDPOINT_ROUTES.token) return
    const pace = paces.get(String(ctx.oidc?.params?.['device_code']))
    if (!pace) return
    const now = performance.now()
    const tooSoon = pace.polledAt !== undefined && now < pace.polledAt + pace.intervalSeconds * 1000
    pace.polledAt = now
    // Who comes too soon and finds tokens is given them.
    if (!tooSoon || body?.['error'] !== 'authorization_pending') return
    pace.intervalSeconds += 5
    ctx.body = { error: 'slow_down', error_description: 'You poll too often.' }
  })
}
