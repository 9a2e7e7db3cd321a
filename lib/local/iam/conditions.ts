import { TemplateError } from '../template/template-error.ts'
import { arnPattern } from './arn.ts'
import { type Context, hasManyValues, keyName } from './condition-keys.ts'
import { type Matcher, wildcard } from './wildcard.ts'

/** One key under one operator of a `Condition`. */
export interface Condition {
  /** Each value of the policy, written out with operator and key. */
  readonly texts: readonly string[]
  /** The texts of those values that make the condition hold; undefined when it does not. */
  holds(context: Context): readonly string[] | undefined
}

type Compare = (value: string) => Matcher

const same: Compare = (value) => (text) => text === value
const sameIgnoringCase: Compare = (value) => (text) => text.toLowerCase() === value.toLowerCase()

/** By operator: how a value is compared, and whether the operator says that none may fit. */
const operators: Readonly<Record<string, { readonly compare: Compare; readonly negated?: true }>> = {
  StringEquals: { compare: same },
  StringNotEquals: { compare: same, negated: true },
  StringEqualsIgnoreCase: { compare: sameIgnoringCase },
  StringNotEqualsIgnoreCase: { compare: sameIgnoringCase, negated: true },
  StringLike: { compare: (value) => wildcard(value) },
  StringNotLike: { compare: (value) => wildcard(value), negated: true },
  // The two are the same: "both ArnEquals and ArnLike match with wildcards".
  ArnEquals: { compare: arnPattern },
  ArnLike: { compare: arnPattern },
  ArnNotEquals: { compare: arnPattern, negated: true },
  ArnNotLike: { compare: arnPattern, negated: true },
  Bool: { compare: sameIgnoringCase },
}

/**
 * Reads one key of a `Condition` (IAM User Guide, "IAM JSON policy elements: Condition operators").
 * Throws `TemplateError` for operators and keys that are not known, and for a key with several values that is not under
 * `ForAllValues` or `ForAnyValue`: what IAM makes of that is not defined.
 */
export function parseCondition(operator: string, key: string, values: readonly string[]): Condition {
  const many = hasManyValues(key)
  const name = keyName(key)
  const texts = values.map((value) => `${operator} ${key} ${value}`)
  if (operator === 'Null') return isNull(name, values, texts)

  const [, set, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  const { compare, negated = false } = (Object.hasOwn(operators, base) && operators[base]) || {}
  if (!compare) throw new TemplateError(`the condition operator ${operator} is not known`)
  if (many && set === undefined)
    throw new TemplateError(`${key} may have several values: ${operator} needs ForAllValues`)

  const patterns = values.map(compare)
  const fits = (given: string) => patterns.some((matches) => matches(given)) !== negated
  const absent = ifExists !== undefined || (set === undefined ? negated : set === 'ForAllValues')
  return {
    texts,
    holds(context) {
      const given = context.get(name) ?? []
      if (given.length === 0) return absent ? texts : undefined
      const holds =
        set === 'ForAnyValue' ? given.some(fits) : given.every((text) => fits(text) || (many && text === ''))
      if (!holds) return undefined
      return negated ? texts : texts.filter((_, place) => given.some((text) => patterns[place]?.(text)))
    },
  }
}

/** `true`: the key must not be there; `false`: it must. */
function isNull(name: string, values: readonly string[], texts: readonly string[]): Condition {
  const wanted = values.map((value) => value.toLowerCase())
  if (!wanted.every((value) => value === 'true' || value === 'false'))
    throw new TemplateError('Null takes true or false')
  return {
    texts,
    holds(context) {
      const isAbsent = String((context.get(name) ?? []).length === 0)
      const met = texts.filter((_, place) => wanted[place] === isAbsent)
      return met.length > 0 ? met : undefined
    },
  }
}
