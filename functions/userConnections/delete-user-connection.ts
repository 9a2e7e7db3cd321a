import { deleteUserConnection } from '../../lib/contract/operations/user-connections.ts'
import { disconnect } from '../../lib/domain/grants/disconnect.ts'
import { findByNumber } from '../../lib/domain/user-connections/find.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, numbers, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(deleteUserConnection)(async ({ params, caller }) => {
  const { grant } = await findByNumber({ grants, numbers }, caller, params.id)
  await disconnect({ grants, providers, vault, oauth, audit }, caller, grant.id)
  return { status: 204 }
})
