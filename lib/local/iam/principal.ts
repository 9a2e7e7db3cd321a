import { TemplateError } from '../template/template-error.ts'

/** Who asks: a function by its role, or a service of AWS. */
export type Caller = { readonly arns: readonly string[]; readonly accountId: string } | { readonly service: string }

/** How a statement of a resource-based policy names a caller: itself, or by its account, whose own policies decide then. */
export type Naming = 'directly' | 'by account'

/** As in a policy: `*`, or names by their kind. */
export type PrincipalElement = '*' | Readonly<Record<string, readonly string[]>>

/** Reads a `Principal`. Throws `TemplateError` for kinds that do not exist on one machine. */
export function parsePrincipal(principal: PrincipalElement): (caller: Caller) => Naming | undefined {
  const { AWS: names = [], Service: services = [], ...others } = principal === '*' ? { AWS: ['*'] } : principal
  const unknown = Object.keys(others)
  if (unknown.length > 0) throw new TemplateError(`the principal ${unknown.join(', ')} is not known`)
  return (caller) => {
    if ('service' in caller) return services.includes(caller.service) ? 'directly' : undefined
    if (names.includes('*') || caller.arns.some((arn) => names.includes(arn))) return 'directly'
    const account = [caller.accountId, `arn:aws:iam::${caller.accountId}:root`]
    return account.some((name) => names.includes(name)) ? 'by account' : undefined
  }
}
