import { showSharedCallback } from '../../lib/contract/operations/documents.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { returnToApplication } from '../../lib/runtime/pages/return-to-application.ts'

export const handler = endpoint(showSharedCallback)(async () => ({ status: 200, body: returnToApplication }))
