import type { Caller, Naming } from './principal.ts'
import type { Need, Statement } from './statement.ts'

/** The policies by which a need is decided. */
export interface Policies {
  /** Of the caller's role. */
  readonly identity: readonly Statement[]
  /** Of the resource. */
  readonly resource: readonly Statement[]
  /** Whether the resource's own policy must let the account in before its roles count, as that of a KMS key must. */
  readonly resourceDecides: boolean
}

/** What came of it; `rights` are those of the identity statement that allowed, `because` ends AWS's sentence. */
export type Decision =
  | { readonly allowed: true; readonly rights: readonly string[] }
  | { readonly allowed: false; readonly because: string }

/**
 * Decides for a caller of the resource's own account: an explicit deny wins, then either kind of policy may allow, else
 * it is denied (IAM User Guide, "Policy evaluation logic"; KMS Developer Guide, "Determining access to AWS KMS keys").
 */
export function decide(need: Need, caller: Caller, { identity, resource, resourceDecides }: Policies): Decision {
  const named = resource.flatMap((statement) => {
    const naming = statement.names(caller)
    return naming && statement.appliesTo(need) ? [{ effect: statement.effect, naming }] : []
  })
  const letsIn = (wanted: Naming) => named.some(({ effect, naming }) => effect === 'Allow' && naming === wanted)

  if (identity.some(({ effect, appliesTo }) => effect === 'Deny' && appliesTo(need))) {
    return denied('with an explicit deny in an identity-based policy')
  }
  if (named.some(({ effect }) => effect === 'Deny')) return denied('with an explicit deny in a resource-based policy')
  if (letsIn('directly')) return { allowed: true, rights: [] }
  if (resourceDecides && !letsIn('by account')) {
    return denied(`because no resource-based policy allows the ${need.action} action`)
  }
  for (const { effect, appliesTo } of identity) {
    const rights = effect === 'Allow' ? appliesTo(need) : undefined
    if (rights) return { allowed: true, rights }
  }
  return denied(`because no identity-based policy allows the ${need.action} action`)
}

function denied(because: string): Decision {
  return { allowed: false, because }
}
