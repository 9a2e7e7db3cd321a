import { completeCallback } from '../../lib/contract/operations/connect.ts'
import { complete } from '../../lib/domain/connect/complete.ts'
import { grantView } from '../../lib/domain/grants/grant.ts'
import { profileView } from '../../lib/domain/grants/profile-view.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(completeCallback)(async ({ body, caller }) => {
  const { grant, provider, profile } = await complete({ providers, grants, flows, vault, oauth, audit }, caller, body)
  return {
    status: 200,
    body: {
      authorizedProvider: grantView(grant, provider, configuration.publicBaseUrl()),
      userInfo: profileView(profile),
    },
  }
})
