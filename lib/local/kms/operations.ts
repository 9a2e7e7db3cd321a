import { createAlias, deleteAlias, listAliases } from './alias-operations.ts'
import {
  decryptBlob,
  encryptPlaintext,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  reEncrypt,
} from './cryptographic-operations.ts'
import {
  cancelKeyDeletion,
  createKey,
  describeKey,
  disableKey,
  enableKey,
  listKeys,
  scheduleKeyDeletion,
} from './key-operations.ts'
import type { Operation } from './operation.ts'
import { enableKeyRotation, getKeyRotationStatus, rotateKeyOnDemand } from './rotation-operations.ts'

/** All that this KMS can do, by the names of the API. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ['CreateKey', createKey],
  ['DescribeKey', describeKey],
  ['ListKeys', listKeys],
  ['EnableKey', enableKey],
  ['DisableKey', disableKey],
  ['ScheduleKeyDeletion', scheduleKeyDeletion],
  ['CancelKeyDeletion', cancelKeyDeletion],
  ['CreateAlias', createAlias],
  ['DeleteAlias', deleteAlias],
  ['ListAliases', listAliases],
  ['EnableKeyRotation', enableKeyRotation],
  ['GetKeyRotationStatus', getKeyRotationStatus],
  ['RotateKeyOnDemand', rotateKeyOnDemand],
  ['Encrypt', encryptPlaintext],
  ['Decrypt', decryptBlob],
  ['ReEncrypt', reEncrypt],
  ['GenerateDataKey', generateDataKey],
  ['GenerateDataKeyWithoutPlaintext', generateDataKeyWithoutPlaintext],
])
