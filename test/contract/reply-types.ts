import { deleteAuthorizedProvider, getAuthorizedProvider } from '../../lib/contract/operations/authorized-providers.ts'
import { getOpenapi } from '../../lib/contract/operations/documents.ts'
import { createJob } from '../../lib/contract/operations/jobs.ts'
import type { EndpointRequest } from '../../lib/runtime/endpoint.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'

/**
 * What the types of the table forbid, checked by the type check: each line below `@ts-expect-error` must be an error.
 * Nothing here runs.
 */
export const forbidden = () => [
  // @ts-expect-error a status that the operation does not declare
  endpoint(getOpenapi)(async () => ({ status: 201, body: {} })),
  // @ts-expect-error an error is thrown and never returned
  endpoint(getAuthorizedProvider)(async () => ({ status: 404, body: { message: '', errorFields: [] } })),
  // @ts-expect-error a body where the operation has none would be sent
  endpoint(deleteAuthorizedProvider)(async () => ({ status: 204, body: {} })),
  // @ts-expect-error a body that is not of the status
  endpoint(createJob)(async () => ({ status: 202, body: { url: '' } })),
  // @ts-expect-error a body left out
  endpoint(createJob)(async () => ({ status: 202 })),
  // @ts-expect-error a public operation has no caller
  (request: EndpointRequest<typeof getOpenapi>) => request.caller,
  // @ts-expect-error a parameter that its path does not have
  (request: EndpointRequest<typeof getAuthorizedProvider>) => request.params.providerId,
  // @ts-expect-error an operation without a body schema has no body
  (request: EndpointRequest<typeof getAuthorizedProvider>) => request.body.name,
]
