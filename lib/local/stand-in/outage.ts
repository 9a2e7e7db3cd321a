import type { Answer } from './message.ts'
import type { Quirks } from './quirks.ts'
import type { EndpointKind } from './routes.ts'

/** The answer of an endpoint that is out at the moment, counted down where only some requests fail. */
export function takeOutage(quirks: Quirks, endpoint: EndpointKind): Answer | undefined {
  const { outage } = quirks
  if (outage?.at !== endpoint) return undefined
  if (outage.times !== undefined) quirks.outage = outage.times > 1 ? { ...outage, times: outage.times - 1 } : null
  return {
    status: outage.status,
    headers: {
      'content-type': 'text/html',
      ...(outage.retryAfterSeconds === undefined ? {} : { 'retry-after': String(outage.retryAfterSeconds) }),
    },
    body: outage.body ?? '',
  }
}
