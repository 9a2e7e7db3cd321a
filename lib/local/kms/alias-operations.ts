import { KmsError } from './errors.ts'
import { type Input, invalid } from './input.ts'
import type { Operation } from './operation.ts'
import { page } from './page.ts'

/** Gives a key another name. */
export const createAlias: Operation = (keyring, input) => {
  const name = aliasName(input)
  const key = keyring.findById(input.string('TargetKeyId'))
  if (name.startsWith('alias/aws/')) {
    throw new KmsError('InvalidAliasNameException', 'Alias names that begin with alias/aws/ are reserved.')
  }
  keyring.assertNotPendingDeletion(key)
  if (keyring.store.aliases.some((alias) => alias.name === name)) {
    throw new KmsError('AlreadyExistsException', `An alias with the name ${keyring.arn(name)} already exists`)
  }
  keyring.store.update(({ aliases }) => aliases.push({ name, keyId: key.id, createdAt: Date.now() }))
  return undefined
}

/** Takes the name away; the key stays. */
export const deleteAlias: Operation = (keyring, input) => {
  const name = aliasName(input)
  if (!keyring.store.aliases.some((alias) => alias.name === name)) {
    throw new KmsError('NotFoundException', `Alias ${keyring.arn(name)} is not found.`)
  }
  keyring.store.update((stored) => {
    stored.aliases = stored.aliases.filter((alias) => alias.name !== name)
  })
  return undefined
}

/** All aliases, or those of one key, page by page. */
export const listAliases: Operation = (keyring, input) => {
  const keyId = input.optionalString('KeyId')
  const key = keyId === undefined ? undefined : keyring.findById(keyId)
  const aliases = keyring.store.aliases.filter((alias) => !key || alias.keyId === key.id)
  const { items, position } = page(aliases, ({ name }) => name, input, { default: 50, max: 100 })
  const entries = items.map((alias) => ({
    AliasName: alias.name,
    AliasArn: keyring.arn(alias.name),
    TargetKeyId: alias.keyId,
    CreationDate: alias.createdAt / 1000,
    LastUpdatedDate: alias.createdAt / 1000,
  }))
  return { Aliases: entries, ...position }
}

function aliasName(input: Input): string {
  const name = input.string('AliasName', { min: 1, max: 256 })
  if (!name.startsWith('alias/')) {
    throw new KmsError('ValidationException', 'Alias must start with the prefix "alias/".')
  }
  if (/^[a-zA-Z0-9/_-]+$/.test(name)) return name
  throw invalid('AliasName', 'Value at', 'Member must satisfy regular expression pattern: ^[a-zA-Z0-9/_-]+$')
}
