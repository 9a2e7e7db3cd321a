import { type Check, failed, passed, skipped } from './check.ts'

/** Providers send codes to where the API is said to be: an https URL, but on the local stack. */
export const checkBaseUrl = (publicBaseUrl: string, local: boolean): Check => {
  if (publicBaseUrl.startsWith('https://')) return passed('publicBaseUrl', `Clients reach the API at ${publicBaseUrl}.`)
  if (local) return skipped('publicBaseUrl', 'This is the local stack, which speaks http.')
  const fix = 'Set PublicBaseUrl of the deployment to the https URL at which clients reach the API.'
  return failed('publicBaseUrl', `The API is said to be at ${publicBaseUrl}, which is no https URL.`, fix)
}
