import { deleteConnection } from '../../lib/contract/operations/integrations.ts'
import { deleteConnection as remove } from '../../lib/domain/integrations/delete-connection.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(deleteConnection)(async ({ params, caller }) => {
  await remove({ grants, providers, vault, oauth, audit }, caller, params.id)
  return { status: 204 }
})
