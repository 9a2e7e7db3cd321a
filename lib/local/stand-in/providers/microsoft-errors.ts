import { randomUUID } from 'node:crypto'
import type { Members } from '../facts.ts'
import { type RefusalTable, type Wording, worded } from '../refusals.ts'

/** Entra's refusals; the numbers are from "Microsoft Entra authentication and authorization error codes". */
export const microsoftRefusals: RefusalTable = {
  parameterMissing: numbered(400, 'invalid_request', 900144, 'The request body must contain the missing parameter.'),
  clientMissing: numbered(401, 'invalid_client', 7000218, "The request must contain 'client_secret'."),
  clientUnknown: numbered(400, 'unauthorized_client', 700016, 'Application was not found in the directory.'),
  secretWrong: numbered(401, 'invalid_client', 7000215, 'Invalid client secret provided.'),
  secretUnwanted: numbered(
    401,
    'invalid_client',
    700025,
    "Client is public so no 'client_secret' should be presented.",
  ),
  grantTypeUnsupported: numbered(400, 'unsupported_grant_type', 70003, 'The grant type is not supported.'),
  codeBad: numbered(400, 'invalid_grant', 70008, 'The provided authorization code has expired or is invalid.'),
  redirectUriMismatch: numbered(400, 'invalid_grant', 50011, 'The redirect URI does not match.'),
  verifierWrong: numbered(400, 'invalid_grant', 501481, 'The code_verifier does not match the code_challenge.'),
  refreshTokenBad: numbered(400, 'invalid_grant', 50173, 'The provided grant has been revoked.'),
  refreshTokenExpired: numbered(400, 'invalid_grant', 700082, 'The refresh token has expired due to inactivity.'),
  scopeBad: numbered(400, 'invalid_scope', 70011, 'The provided value for scope is not valid.'),
  deviceOff: numbered(401, 'invalid_client', 7000218, 'Public client flows are not allowed for this application.'),
  devicePending: numbered(400, 'authorization_pending', 70016, 'Authorization is pending.'),
  deviceDenied: numbered(400, 'authorization_declined', 70018, 'The end user denied the request.'),
  deviceCodeBad: numbered(400, 'bad_verification_code', 70019, 'The device code is not known.'),
  deviceCodeExpired: numbered(400, 'expired_token', 70020, 'The device code has expired.'),
}

/** The body of an error of Entra, with the members that are for diagnosis alone. */
export function microsoftErrorBody(standard: Members): Members {
  return {
    ...standard,
    timestamp: new Date().toISOString().replace('T', ' ').replace(/\..*/, 'Z'),
    trace_id: randomUUID(),
    correlation_id: randomUUID(),
    error_uri: 'https://login.microsoftonline.com/error',
  }
}

function numbered(status: number, error: string, code: number, description: string): Wording {
  return worded(status, error, `AADSTS${code}: ${description}`, { error_codes: [code] })
}
