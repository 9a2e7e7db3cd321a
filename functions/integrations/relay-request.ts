import { relayRequest } from '../../lib/contract/operations/integrations.ts'
import { dataBody } from '../../lib/domain/proxy/data-body.ts'
import { relay } from '../../lib/domain/proxy/relay.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { api } from '../../lib/runtime/services/api.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(relayRequest)(async ({ params, body, caller }) => {
  const { method, url, headers, data, dataEncoding } = body
  return relay({ grants, providers, vault, oauth, audit, api }, caller, params.id, {
    method,
    url,
    headers: Object.entries(headers ?? {}),
    ...dataBody(data, dataEncoding),
  })
})
