import { getOpenapi } from '../../lib/contract/operations/documents.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import document from '../../openapi.json' with { type: 'json' }

export const handler = endpoint(getOpenapi)(async () => ({ status: 200, body: document }))
