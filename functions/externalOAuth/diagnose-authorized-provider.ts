import { diagnoseAuthorizedProvider } from '../../lib/contract/operations/authorized-providers.ts'
import { diagnose } from '../../lib/domain/grants/diagnose.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { reconnectUrl } from '../../lib/runtime/reconnect-url.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(diagnoseAuthorizedProvider)(async ({ params, caller }) => {
  const { providerId, ...diagnosis } = await diagnose(
    { grants, providers, vault, oauth, audit },
    caller,
    params.authorizedProviderId,
  )
  const reconnect = diagnosis.whoMustAct === 'user' && {
    reconnectUrl: reconnectUrl(providerId, diagnosis.authorizedProviderId),
  }
  return { status: 200, body: { ...diagnosis, ...reconnect } }
})
