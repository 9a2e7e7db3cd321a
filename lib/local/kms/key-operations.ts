import { randomUUID } from 'node:crypto'
import { KmsError } from './errors.ts'
import type { Input } from './input.ts'
import type { StoredKey } from './key-store.ts'
import type { Keyring } from './keyring.ts'
import type { Operation, Output } from './operation.ts'
import { page } from './page.ts'

const DAY_MS = 24 * 60 * 60 * 1000

// What CreateKey can be asked for, and the only answer there is to it here.
const SPECIFICATION = {
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeySpec: 'SYMMETRIC_DEFAULT',
  CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
  Origin: 'AWS_KMS',
}

/** Makes a symmetric key. A key policy and tags are accepted and have no effect. */
export const createKey: Operation = (keyring, input) => {
  for (const [member, only] of Object.entries(SPECIFICATION)) {
    const asked = input.optionalString(member) ?? only
    if (asked !== only) throw new KmsError('UnsupportedOperationException', `${member} ${asked} is not supported.`)
  }
  if (input.flag('MultiRegion')) throw new KmsError('UnsupportedOperationException', 'MultiRegion is not supported.')
  const description = input.optionalString('Description', { min: 0, max: 8192 })
  return { KeyMetadata: metadata(keyring, keyring.create(randomUUID(), description)) }
}

/** What there is to say about a key, of any state. */
export const describeKey: Operation = (keyring, input) => ({
  KeyMetadata: metadata(keyring, keyring.find(input.string('KeyId'))),
})

/** All keys, page by page. */
export const listKeys: Operation = (keyring, input) => {
  const { items, position } = page(keyring.store.keys, ({ id }) => id, input, { default: 100, max: 1000 })
  return { Keys: items.map((key) => ({ KeyId: key.id, KeyArn: keyring.keyArn(key) })), ...position }
}

/** Lets a disabled key be used again. */
export const enableKey: Operation = (keyring, input) => setState(keyring, input, 'Enabled')

/** Refuses all use of a key until it is enabled. */
export const disableKey: Operation = (keyring, input) => setState(keyring, input, 'Disabled')

/** Refuses all use of a key from now on. It is never deleted in fact: the waiting period does not end here. */
export const scheduleKeyDeletion: Operation = (keyring, input) => {
  const key = keyring.findById(input.string('KeyId'))
  const days = input.integer('PendingWindowInDays', { min: 7, max: 30 }) ?? 30
  keyring.assertNotPendingDeletion(key)
  const deletionAt = Date.now() + days * DAY_MS
  keyring.change(key, (changed) => {
    changed.state = 'PendingDeletion'
    changed.deletionAt = deletionAt
  })
  return {
    KeyId: keyring.keyArn(key),
    DeletionDate: deletionAt / 1000,
    KeyState: 'PendingDeletion',
    PendingWindowInDays: days,
  }
}

/** Keeps a key after all; it is disabled afterwards. */
export const cancelKeyDeletion: Operation = (keyring, input) => {
  const key = keyring.findById(input.string('KeyId'))
  if (key.state !== 'PendingDeletion') {
    throw new KmsError('KMSInvalidStateException', `${keyring.keyArn(key)} is not pending deletion.`)
  }
  keyring.change(key, (changed) => {
    changed.state = 'Disabled'
    delete changed.deletionAt
  })
  return { KeyId: keyring.keyArn(key) }
}

function setState(keyring: Keyring, input: Input, state: 'Enabled' | 'Disabled'): undefined {
  const key = keyring.findById(input.string('KeyId'))
  keyring.assertNotPendingDeletion(key)
  keyring.change(key, (changed) => {
    changed.state = state
  })
}

function metadata(keyring: Keyring, key: StoredKey): Output {
  return {
    AWSAccountId: keyring.accountId,
    KeyId: key.id,
    Arn: keyring.keyArn(key),
    CreationDate: key.createdAt / 1000,
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyState: key.state,
    ...(key.deletionAt && { DeletionDate: key.deletionAt / 1000 }),
    ...SPECIFICATION,
    KeyManager: 'CUSTOMER',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
    CurrentKeyMaterialId: key.materials[0].id,
  }
}
