import { KmsError } from './errors.ts'
import { newKeyMaterial } from './key-store.ts'
import type { Operation } from './operation.ts'

const DAY_SECONDS = 24 * 60 * 60
const MAX_ON_DEMAND_ROTATIONS = 25

/** Notes that a key is to be rotated. No rotation comes by itself here: only on demand. */
export const enableKeyRotation: Operation = (keyring, input) => {
  const key = keyring.findById(input.string('KeyId'))
  const periodInDays = input.integer('RotationPeriodInDays', { min: 90, max: 2560 }) ?? 365
  keyring.assertEnabled(key)
  keyring.change(key, (changed) => {
    changed.rotation = { enabledAt: Date.now(), periodInDays }
  })
  return undefined
}

/** Whether a key is to be rotated. */
export const getKeyRotationStatus: Operation = (keyring, input) => {
  const key = keyring.findById(input.string('KeyId'))
  const KeyId = keyring.keyArn(key)
  // A key that is to be deleted is not rotated any more.
  if (!key.rotation || key.state === 'PendingDeletion') return { KeyId, KeyRotationEnabled: false }
  const { enabledAt, periodInDays } = key.rotation
  return {
    KeyId,
    KeyRotationEnabled: true,
    RotationPeriodInDays: periodInDays,
    NextRotationDate: enabledAt / 1000 + periodInDays * DAY_SECONDS,
  }
}

/** Gives a key new material to encrypt with; what was encrypted before stays readable. */
export const rotateKeyOnDemand: Operation = (keyring, input) => {
  const key = keyring.findById(input.string('KeyId'))
  keyring.assertEnabled(key)
  if (key.materials.length > MAX_ON_DEMAND_ROTATIONS) {
    throw new KmsError('LimitExceededException', `${keyring.keyArn(key)} has no on-demand rotations left.`)
  }
  keyring.change(key, (changed) => {
    changed.materials.unshift(newKeyMaterial())
  })
  return { KeyId: keyring.keyArn(key) }
}
