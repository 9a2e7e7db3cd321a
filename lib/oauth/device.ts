import type { Client, DeviceAuthorization } from '../domain/ports.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { call, limits } from './call.ts'
import { failureOf, noDeviceFlow } from './failure.ts'
import { clientForm, form } from './form.ts'
import { readSeconds } from './lifetime.ts'
import type { Members } from './members.ts'
import type { Outbound } from './outbound/outbound.ts'
import { isError, readMembers } from './token-answer.ts'

/** What a device code may have; the longest that is known has about a thousand. */
const MOST_CHARACTERS = 8192

/**
 * The device authorization request (RFC 8628 section 3.1). Throws `UpstreamFailure`, of the class `unsupported` where the
 * provider, or the client as it is registered there, has no device flow: that says nothing about the client's secret.
 */
export const startDevice = async (
  outbound: Outbound,
  client: Client,
  scopes: readonly string[],
): Promise<DeviceAuthorization> => {
  const { clientId, settings } = client.provider
  const { deviceUrl, deviceAuth, scopeSeparator, errors, errorIn } = settings
  if (deviceUrl === undefined) throw new UpstreamFailure('unsupported')
  const fields = { client_id: clientId, ...(scopes.length > 0 && { scope: scopes.join(scopeSeparator) }) }
  const request = deviceAuth === 'none' ? form(fields) : clientForm(client, fields)
  const response = await call(outbound, deviceUrl, request, limits.ordinary)
  const answer = readMembers(await response.text())
  if (!response.ok || (answer && isError(answer, { own: errors, errorIn }))) {
    const status = response.ok ? 400 : response.status
    const reading = { own: { ...errors, ...noDeviceFlow }, errorIn, sent: [client.clientSecret] }
    const failure = failureOf({ headers: response.headers, status }, answer, reading)
    const unsupported = failure.failure === 'clientRejected' || status === 404
    throw unsupported ? new UpstreamFailure('unsupported', { message: failure.message }) : failure
  }
  return readAuthorization(answer ?? {})
}

/** RFC 8628 section 3.2, and Google's `verification_url`. */
const readAuthorization = (answer: Members): DeviceAuthorization => {
  const { device_code: deviceCode, user_code: userCode } = answer
  const verificationUri = answer.verification_uri ?? answer.verification_url
  const complete = answer.verification_uri_complete ?? answer.verification_url_complete
  if (!isText(deviceCode) || !isText(userCode) || !isWebUrl(verificationUri)) {
    throw new UpstreamFailure('badAnswer', { message: 'The provider gave no device code that can be used' })
  }
  const expiresInSeconds = readSeconds(answer.expires_in)
  const intervalSeconds = readSeconds(answer.interval)
  return {
    deviceCode,
    userCode,
    verificationUri,
    ...(isWebUrl(complete) && { verificationUriComplete: complete }),
    ...(expiresInSeconds !== undefined && { expiresInSeconds }),
    ...(intervalSeconds !== undefined && { intervalSeconds }),
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MOST_CHARACTERS

/** A person will follow it. */
const isWebUrl = (value: unknown): value is string =>
  isText(value) && /^https?:\/\//i.test(value) && URL.canParse(value)
