import { createHash } from 'node:crypto'
import type { AuthorizationCode } from './authorization-codes.ts'
import type { Members } from './facts.ts'
import { issueTokens } from './issue-tokens.ts'
import { bodyMembers, type Call } from './message.ts'
import { isOf, type Played } from './played.ts'
import type { ClientRecord } from './records.ts'
import { Refused } from './refusals.ts'

/** Exchanges an authorization code (RFC 6749 section 4.1.3). Throws `Refused`. */
export function exchangeCode(played: Played, call: Call, client: ClientRecord): Members {
  const { books, codes } = played
  const members = bodyMembers(call)
  if (members['code'] === undefined) throw new Refused('parameterMissing')
  const code = codes.get(members['code'])
  if (!code || !isOf(played, call.host, client, code.grant)) throw new Refused('codeBad')
  if (code.grantId !== undefined) {
    // RFC 6749 section 4.1.2: a code that comes twice was stolen once, so what it gave goes.
    books.endGrant(code.grantId)
    throw new Refused('codeBad')
  }
  // The user may have removed the app meanwhile.
  if (!books.consented(code.grant)) throw new Refused('codeBad')
  if (code.expiresAt <= books.clock.now()) throw new Refused('codeBad')
  if (members['redirect_uri'] !== code.redirectUri) throw new Refused('redirectUriMismatch')
  if (!isVerified(code, members['code_verifier'])) throw new Refused('verifierWrong')

  const grant = books.addGrant(code.grant)
  codes.save({ ...code, grantId: grant.id })
  const refreshToken = played.facts.tokens.givesRefreshToken(grant, client) ? 'new' : 'none'
  return issueTokens(played, { grant, client, host: call.host, grantType: 'authorization_code', refreshToken })
}

/** RFC 7636 section 4.6: once a challenge was sent, the verifier is mandatory. */
function isVerified({ challenge }: AuthorizationCode, verifier: string | undefined): boolean {
  if (!challenge) return true
  if (verifier === undefined) return false
  const transformed = challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  return transformed === challenge.value
}
