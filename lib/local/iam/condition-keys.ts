import { TemplateError } from '../template/template-error.ts'

/** What a request says of itself: the values of condition keys by `keyName`. A key without values is not there. */
export type Context = ReadonlyMap<string, readonly string[]>

/** The condition keys that the gate knows, as they are or as a beginning. Those that are lists have `many`. */
const keys: readonly { readonly name: string; readonly many?: true }[] = [
  { name: 'aws:SecureTransport' },
  // Only in what a service asks for on behalf of a resource.
  { name: 'aws:SourceArn' },
  { name: 'aws:SourceAccount' },
  { name: 'dynamodb:LeadingKeys', many: true },
  { name: 'dynamodb:Select' },
  { name: 'kms:EncryptionContext:' },
  { name: 'kms:EncryptionContextKeys', many: true },
  { name: 'kms:ResourceAliases', many: true },
  // Never there: functions call KMS themselves.
  { name: 'kms:ViaService' },
]

/** The name under which a key is looked up: names of condition keys have no case. */
export function keyName(name: string): string {
  return name.toLowerCase()
}

/**
 * Whether the key may have several values. Throws `TemplateError` for one that the gate does not know: a condition that
 * is not understood must not decide.
 */
export function hasManyValues(name: string): boolean {
  const wanted = keyName(name)
  const known = keys.find((key) =>
    key.name.endsWith(':')
      ? wanted.startsWith(keyName(key.name)) && wanted.length > key.name.length
      : wanted === keyName(key.name),
  )
  if (!known) throw new TemplateError(`the condition key ${name} is not known`)
  return known.many === true
}
