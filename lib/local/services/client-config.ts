/** Configuration of an SDK client with which the platform itself calls a local service. */
export interface ClientConfig {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly maxAttempts: number
}

/** The access key id of the platform's own calls; that of a function is `LOCAL` and its logical id. */
const platformAccessKeyId = 'LOCALPLATFORM'

/** Any secret will do: local services look at the access key id alone. */
export const localSecretAccessKey = 'local'

/** Client configuration for a local service. */
export function clientConfig(endpoint: string, region: string): ClientConfig {
  return {
    endpoint,
    region,
    credentials: { accessKeyId: platformAccessKeyId, secretAccessKey: localSecretAccessKey },
    maxAttempts: 2,
  }
}
