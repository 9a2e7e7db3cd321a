import { TemplateError } from './template-error.ts'

/** What the intrinsic functions of a template look things up in. */
export interface Scope {
  /** The value of a parameter, pseudo parameter or resource; undefined for `AWS::NoValue`. */
  ref(name: string): unknown
  attribute(logicalId: string, name: string): string
  condition(name: string): boolean
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope) => scope.ref(text(name)),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, attribute] = Array.isArray(argument) ? argument : splitOnce(text(argument))
    return scope.attribute(text(logicalId), text(attribute))
  },
  'Fn::Join': (argument, scope) => {
    const [delimiter, items] = list(argument)
    return list(evaluate(items, scope)).map(text).join(text(delimiter))
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, source] = list(argument)
    return text(evaluate(source, scope)).split(text(delimiter))
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = list(argument)
    const item = list(evaluate(items, scope))[Number(evaluate(index, scope))]
    if (item === undefined) throw new TemplateError(`Fn::Select finds no item ${JSON.stringify(index)}`)
    return item
  },
  'Fn::Sub': (argument, scope) => {
    const [pattern, variables] = Array.isArray(argument) ? argument : [argument, {}]
    return substitute(text(pattern), variables as Record<string, unknown>, scope)
  },
  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = list(argument)
    return evaluate(scope.condition(text(condition)) ? whenTrue : whenFalse, scope)
  },
}

const conditionFunctions: Readonly<Record<string, (argument: unknown, scope: Scope) => boolean>> = {
  Condition: (name, scope) => scope.condition(text(name)),
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(evaluate(argument, scope))
    return JSON.stringify(left) === JSON.stringify(right)
  },
  'Fn::Not': (argument, scope) => !list(argument).some((item) => evaluateCondition(item, scope)),
  'Fn::And': (argument, scope) => list(argument).every((item) => evaluateCondition(item, scope)),
  'Fn::Or': (argument, scope) => list(argument).some((item) => evaluateCondition(item, scope)),
}

/** Resolves every intrinsic function inside a value. Throws `TemplateError` for what is not known. */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope)).filter((item) => item !== undefined)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [key, argument] = entries[0] ?? ['']
  if (entries.length === 1 && (key === 'Ref' || key.startsWith('Fn::'))) {
    const intrinsic = intrinsics[key]
    if (!intrinsic) throw new TemplateError(`${key} is not known`)
    return intrinsic(argument, scope)
  }
  return Object.fromEntries(
    entries.map(([name, item]) => [name, evaluate(item, scope)]).filter(([, item]) => item !== undefined),
  )
}

/** Decides an expression of the template's `Conditions`. */
export function evaluateCondition(expression: unknown, scope: Scope): boolean {
  const [key, argument] = Object.entries(expression ?? {})[0] ?? ['']
  const decide = conditionFunctions[key]
  if (!decide) throw new TemplateError(`condition ${JSON.stringify(expression)} is not known`)
  return decide(argument, scope)
}

function substitute(pattern: string, variables: Record<string, unknown>, scope: Scope): string {
  return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
    if (literal) return `\${${name}}`
    if (Object.hasOwn(variables, name)) return text(evaluate(variables[name], scope))
    return name.includes('.') ? scope.attribute(...splitOnce(name)) : text(scope.ref(name))
  })
}

function splitOnce(path: string): [string, string] {
  const dot = path.indexOf('.')
  return [path.slice(0, dot), path.slice(dot + 1)]
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TemplateError(`${JSON.stringify(value)} is not a list`)
  return value
}

function text(value: unknown): string {
  if (typeof value === 'object' || value === undefined) throw new TemplateError(`${JSON.stringify(value)} is not text`)
  return String(value)
}
