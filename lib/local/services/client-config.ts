/** Configuration of an SDK client with which the platform itself calls a local service. */
export interface ClientConfig {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly maxAttempts: number
}

/** Who calls is told by the access key id alone. */
const prefix = 'LOCAL'

/** The access key id of the platform's own calls. */
export const platformAccessKeyId = `${prefix}PLATFORM`

/** The access key id of a function's calls. */
export function accessKeyIdOf(functionId: string): string {
  return prefix + functionId
}

/** The logical id of the function that has this access key id, if any has. */
export function functionOf(accessKeyId: string): string {
  return accessKeyId.startsWith(prefix) ? accessKeyId.slice(prefix.length) : ''
}

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
