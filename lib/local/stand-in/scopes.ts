import type { ProviderFacts, ScopeFacts } from './facts.ts'
import type { ClientRecord } from './records.ts'

/**
 * What an app gets for the scopes it asks for in these parameters; `problem` says why it gets nothing.
 * A list in the wrong separator is one scope that nobody knows.
 */
export function scopesFor(
  { scopes: facts }: ProviderFacts,
  asked: { readonly client: ClientRecord; readonly host: string; readonly parameters: URLSearchParams },
): { scopes: readonly string[] } | { problem: string } {
  const fixed = facts.fixed?.(asked.client)
  if (fixed) return { scopes: fixed }

  const parameters = facts.parameters ?? ['scope']
  const wanted = parameters.flatMap((name) => split(facts, asked.parameters.get(name) ?? ''))
  if (wanted.length === 0) return facts.byDefault ? { scopes: facts.byDefault } : { problem: 'No scope was asked for.' }
  const unknown = wanted.filter((scope) => !isKnown(facts, scope))
  if (unknown.length > 0 && facts.unknown === 'refuse')
    return { problem: `The requested scope is unknown: ${unknown.join(' ')}` }
  const problem = facts.problem?.(wanted)
  if (problem !== undefined) return { problem }
  const known = wanted.filter((scope) => !unknown.includes(scope))
  const names = known.map((scope) => facts.longName?.(scope, asked.host) ?? scope)
  return { scopes: [...new Set([...(facts.implied ?? []), ...names])] }
}

/** The scopes that a text names, by the provider's separator. */
export function split({ separator }: ScopeFacts, text: string): string[] {
  return text.split(separator).filter((scope) => scope !== '')
}

function isKnown({ known }: ScopeFacts, scope: string): boolean {
  return known.some((one) => (typeof one === 'string' ? one === scope : one.test(scope)))
}
