import type { Template } from './assembly.ts'
import { TemplateError } from './template-error.ts'

/**
 * The values of the template's parameters: those given, else the defaults.
 * Throws one `TemplateError` that names all missing ones, or the first that is unknown or not allowed.
 */
export function parameterValues(
  declared: Template['Parameters'],
  given: Readonly<Record<string, string>>,
): ReadonlyMap<string, string | string[]> {
  const unknown = Object.keys(given).find((name) => !declared[name])
  if (unknown) throw new TemplateError(`the template has no parameter ${unknown}`)
  const missing = Object.entries(declared).filter(([name, { Default }]) => (given[name] ?? Default) === undefined)
  if (missing.length > 0) throw new TemplateError(`missing parameters: ${missing.map(([name]) => name).join(', ')}`)

  return new Map(
    Object.entries(declared).map(([name, { Type, Default, AllowedValues, AllowedPattern }]) => {
      const value = given[name] ?? Default ?? ''
      if (AllowedValues && !AllowedValues.includes(value)) {
        throw new TemplateError(`parameter ${name} must be one of ${AllowedValues.join(', ')}`)
      }
      if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value)) {
        throw new TemplateError(`parameter ${name} must match ${AllowedPattern}`)
      }
      const isList = Type === 'CommaDelimitedList' || Type.startsWith('List<')
      return [name, isList ? value.split(',').map((item) => item.trim()) : value]
    }),
  )
}
