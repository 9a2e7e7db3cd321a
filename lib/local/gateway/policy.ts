/** An authorizer's answer that is no usable policy. */
export class PolicyInvalid extends Error {}

interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

export type Policy = readonly Statement[]

/** Reads a policy document. Throws `PolicyInvalid`, also for conditions and exclusions, which are not evaluated here. */
export function parsePolicy(document: unknown): Policy {
  if (!isRecord(document)) throw new PolicyInvalid('policyDocument is no object')
  const { Statement: statements } = document
  const all = Array.isArray(statements) ? statements : [statements]
  return all.map((statement) => {
    if (!isRecord(statement)) throw new PolicyInvalid('a statement is no object')
    const { Effect: effect, Action: action, Resource: resource, Sid: _, ...rest } = statement
    if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyInvalid('Effect is neither Allow nor Deny')
    const unknown = Object.keys(rest)
    if (unknown.length > 0) throw new PolicyInvalid(`${unknown.join(', ')} not supported`)
    return { effect, actions: texts(action, 'Action'), resources: texts(resource, 'Resource') }
  })
}

/** `deny` when a statement says so, `none` when none allows. */
export function evaluate(policy: Policy, methodArn: string): 'allow' | 'deny' | 'none' {
  const effects = policy
    .filter(({ actions }) => actions.some((action) => matches(action.toLowerCase(), 'execute-api:invoke')))
    .filter(({ resources }) => resources.some((resource) => matches(resource, methodArn)))
    .map(({ effect }) => effect)
  if (effects.includes('Deny')) return 'deny'
  return effects.includes('Allow') ? 'allow' : 'none'
}

const WILDCARDS = new Map([
  ['*', '.*'],
  ['?', '.'],
])

/** `*` stands for any characters, slashes too; `?` for exactly one. */
function matches(pattern: string, text: string): boolean {
  const source = pattern.replace(/\W/g, (char) => WILDCARDS.get(char) ?? `\\${char}`)
  return new RegExp(`^${source}$`, 's').test(text)
}

function texts(value: unknown, name: string): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value]
  if (all.length === 0 || !all.every((each) => typeof each === 'string')) throw new PolicyInvalid(`${name} is no text`)
  return all
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
