import { getUserinfo } from '../../lib/contract/operations/authorized-providers.ts'
import { discloseProfile } from '../../lib/domain/grants/disclose-profile.ts'
import { profileView } from '../../lib/domain/grants/profile-view.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(getUserinfo)(async ({ params, caller }) => {
  const profile = await discloseProfile({ grants, providers, vault, oauth, audit }, caller, params.authorizedProviderId)
  return { status: 200, body: profileView(profile) }
})
