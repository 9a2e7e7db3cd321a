import { requestTooLarge, throttled } from '../environments/refusal.ts'
import type { Functions, RouteDefinition } from '../model.ts'
import { GatewayError } from './gateway-error.ts'
import { invokeWithin } from './invoke-within.ts'

/** What is printed of a function that the API calls in vain; callers are told nothing of it. */
export function notPermitted(functionId: string): string {
  return `apigateway.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: ${functionId}`
}

/** Gives what the route's function answered. Throws a GatewayError when it fails or takes too long. */
export async function integrate(functions: Functions, route: RouteDefinition, event: object): Promise<unknown> {
  if (!route.isPermitted) {
    console.error(notPermitted(route.functionId))
    throw new GatewayError('API_CONFIGURATION_ERROR')
  }
  const result = await invokeWithin(route.timeoutMs, functions, route.functionId, event)
  if (!result) throw new GatewayError('INTEGRATION_TIMEOUT')
  if (result.kind === 'ok') return result.payload
  if (result.kind === 'error' && result.errorType === throttled.errorType) throw new GatewayError('THROTTLED')
  if (result.kind === 'error' && result.errorType === requestTooLarge.errorType) {
    throw new GatewayError('REQUEST_TOO_LARGE')
  }
  throw new GatewayError('INTEGRATION_FAILURE')
}
