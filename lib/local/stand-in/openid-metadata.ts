import { ok } from './api.ts'
import type { Members } from './facts.ts'
import type { Call } from './message.ts'
import { type Route, route } from './routes.ts'

/** Where an issuer's metadata and keys are, and what its metadata says besides what is the same for all. */
export interface MetadataPlaces {
  readonly hosts: readonly string[]
  readonly path: string
  readonly document: (call: Call) => Members
  readonly keyHosts?: readonly string[]
  readonly keyPath: string
}

/** The routes of OpenID Connect Discovery and of the keys (RFC 7517); URLs are the provider's real ones. */
export function metadataRoutes({ hosts, path, document, keyHosts = hosts, keyPath }: MetadataPlaces): Route[] {
  const same = {
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
  return [
    route('metadata', 'GET', hosts, path, (_played, call) => ok({ ...same, ...document(call) })),
    route('metadata', 'GET', keyHosts, keyPath, ({ publicKey }) => ok({ keys: [publicKey] })),
  ]
}
