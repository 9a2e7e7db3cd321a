import { showCallback } from '../../lib/contract/operations/documents.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { returnToApplication } from '../../lib/runtime/pages/return-to-application.ts'

export const handler = endpoint(showCallback)(async () => ({ status: 200, body: returnToApplication }))
