import type { ProviderSettings } from '../providers/provider.ts'
import type { Grant } from './grant.ts'

type Names = Pick<ProviderSettings, 'scopeAliases' | 'scopePrefix' | 'impliedScopes'>
type Scopes = Pick<Grant, 'requestedScopes' | 'grantedScopes' | 'refreshToken' | 'deadReason'>

/** Hardly any provider names it among what it grants; the refresh token is what it asks for. */
const OFFLINE = 'offline_access'
/** It asks for an ID token, which is there or not; servers leave it out of what they say was granted. */
const OPENID = 'openid'

/**
 * What was asked for at the consent and not granted, in the words and the order of the request. A provider that says
 * nothing of scopes has granted what was asked for (RFC 6749 section 5.1), so that nothing is missing then.
 */
export const missingScopes = (grant: Scopes, names: Names): string[] => {
  const nameOf = (scope: string): string => oneName(scope, names)
  // A grant that died of a refresh had a token for it; one whose access token was refused had none.
  const diedOfRefresh = grant.deadReason !== undefined && grant.deadReason !== 'tokenRefused'
  const offline = grant.refreshToken !== undefined || diedOfRefresh ? [OFFLINE] : []
  const granted = withImplied([...grant.grantedScopes, OPENID, ...offline].map(nameOf), names)
  return [...new Set(grant.requestedScopes)].filter((scope) => !granted.has(nameOf(scope)))
}

/** The one name of a scope that goes by several. */
const oneName = (scope: string, { scopeAliases = {}, scopePrefix }: Names): string => {
  const short = scopePrefix !== undefined && scope.startsWith(scopePrefix) ? scope.slice(scopePrefix.length) : scope
  return Object.hasOwn(scopeAliases, short) ? (scopeAliases[short] ?? short) : short
}

/** The scopes with those that come along with them, and those that come along with these. */
const withImplied = (scopes: readonly string[], names: Names): ReadonlySet<string> => {
  const { impliedScopes = {} } = names
  const all = new Set(scopes)
  // A set that grows while it is walked is walked to its end.
  for (const scope of all) {
    const implied = Object.hasOwn(impliedScopes, scope) ? (impliedScopes[scope] ?? []) : []
    for (const each of implied) all.add(oneName(each, names))
  }
  return all
}
