import { authorizeProvider } from '../contract/operations/connect.ts'
import { configuration } from './configuration.ts'

/** Where an application begins to reconnect a grant, by a POST under the token of its owner. */
export const reconnectUrl = (providerId: string, grantId: string): string => {
  const path = authorizeProvider.path.replace('{providerId}', providerId)
  return `${configuration.publicBaseUrl()}${path}?authorizedProviderId=${grantId}`
}
