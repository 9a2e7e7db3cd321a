import { TemplateError } from '../template/template-error.ts'
import { arnPattern } from './arn.ts'
import type { Context } from './condition-keys.ts'
import { parseCondition } from './conditions.ts'
import type { StatementElement } from './policy.ts'
import { type Caller, type Naming, parsePrincipal } from './principal.ts'
import { type Matcher, wildcard } from './wildcard.ts'

/** One thing that a request needs to be allowed. */
export interface Need {
  /** E.g. `dynamodb:GetItem`. */
  readonly action: string
  /** An ARN. */
  readonly resource: string
  readonly context: Context
}

/** One statement of a policy. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  /** The rights that it gives, each as a line: an action on a resource, and one value of a condition if it has any. */
  readonly rights: readonly string[]
  /** Those of its rights that a need makes use of; undefined when the statement does not speak of it. */
  appliesTo(need: Need): readonly string[] | undefined
  /** How a statement of a resource-based policy names the caller. */
  names(caller: Caller): Naming | undefined
}

/** Patterns with what they say, each as a line. */
type Patterns = readonly { readonly text: string; readonly matches: Matcher }[]

/** Reads a statement. Throws `TemplateError` for what the gate cannot decide by. */
export function statementOf(element: StatementElement): Statement {
  const { Effect, Principal, Action, NotAction, Resource, NotResource, Condition } = element
  if ((Action === undefined) === (NotAction === undefined))
    throw new TemplateError('one of Action and NotAction is needed')
  if (Resource && NotResource) throw new TemplateError('Resource and NotResource exclude each other')

  const actions = patterns(Action, NotAction, actionPattern)
  // A trust policy has none: the role itself is meant.
  const resources = patterns(Resource ?? (NotResource ? undefined : ['*']), NotResource, arnPattern)
  const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => parseCondition(operator, key, values)),
  )
  return {
    effect: Effect,
    rights: rights(actions, resources, conditions.length > 0 ? conditions.flatMap(({ texts }) => texts) : undefined),
    appliesTo({ action, resource, context }) {
      const spoken = actions.filter(({ matches }) => matches(action))
      if (spoken.length === 0) return undefined
      const meant = resources.filter(({ matches }) => matches(resource))
      if (meant.length === 0) return undefined
      const met: string[] = []
      for (const condition of conditions) {
        const texts = condition.holds(context)
        if (!texts) return undefined
        met.push(...texts)
      }
      return rights(spoken, meant, conditions.length > 0 ? met : undefined)
    },
    names: Principal === undefined ? () => undefined : parsePrincipal(Principal),
  }
}

function patterns(
  these: readonly string[] | undefined,
  allBut: readonly string[] | undefined,
  compile: (pattern: string) => Matcher,
): Patterns {
  if (!allBut) return (these ?? []).map((text) => ({ text, matches: compile(text) }))
  const excluded = allBut.map(compile)
  return [{ text: `all but ${allBut.join(', ')}`, matches: (value) => !excluded.some((matches) => matches(value)) }]
}

/** Actions have no case (IAM User Guide, "Action"). */
function actionPattern(pattern: string): Matcher {
  if (pattern !== '*' && !/^[\w-]+:.+$/.test(pattern)) throw new TemplateError(`${pattern} is no action`)
  return wildcard(pattern, { ignoreCase: true })
}

function rights(actions: Patterns, resources: Patterns, conditions: readonly string[] | undefined): string[] {
  const lines = actions.flatMap((action) => resources.map((resource) => `${action.text} on ${resource.text}`))
  return conditions ? lines.flatMap((line) => conditions.map((condition) => `${line} if ${condition}`)) : lines
}
