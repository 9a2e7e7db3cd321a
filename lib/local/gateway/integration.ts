import { requestTooLarge, throttled } from '../environments/refusal.ts'
import type { Functions, RouteDefinition } from '../model.ts'
import { GatewayError } from './gateway-error.ts'
import { invokeWithin } from './invoke-within.ts'

/** Gives what the route's function answered. Throws a GatewayError when it fails or takes too long. */
export async function integrate(functions: Functions, route: RouteDefinition, event: object): Promise<unknown> {
  const result = await invokeWithin(route.timeoutMs, functions, route.functionId, event)
  if (!result) throw new GatewayError('INTEGRATION_TIMEOUT')
  if (result.kind === 'ok') return result.payload
  if (result.kind === 'error' && result.errorType === throttled.errorType) throw new GatewayError('THROTTLED')
  if (result.kind === 'error' && result.errorType === requestTooLarge.errorType) {
    throw new GatewayError('REQUEST_TOO_LARGE')
  }
  throw new GatewayError('INTEGRATION_FAILURE')
}
