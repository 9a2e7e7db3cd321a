import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { SealContext } from '../domain/ports.ts'

/**
 * The sealed form of a value:
 *
 *     version (1 byte) | number of the data key (4) | nonce (12) | AES-256-GCM ciphertext | tag (16)
 *
 * The key is HKDF-SHA256 (RFC 5869) of the data key under the record's id, so that one data key seals any number of
 * records without the limit of random nonces under one key. The whole context is additional data: a value opens only as
 * what it was sealed as.
 */
const VERSION = 1
const HEADER_BYTES = 5
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A value that was altered, or moved to another record, field, user or organization. It says nothing of what is in it. */
export class SealBroken extends Error {
  constructor() {
    super('A sealed value does not belong where it was found, or was altered')
    this.name = 'SealBroken'
  }
}

/** Unambiguous, whatever characters ids are made of. */
const additionalData = (header: Buffer, { orgId, kind, id, userId, field, version }: SealContext): Buffer =>
  Buffer.concat([header, Buffer.from(JSON.stringify([orgId, kind, id, userId ?? null, field, version]))])

const recordKey = (dataKey: Uint8Array, { kind, id }: SealContext): Buffer =>
  Buffer.from(hkdfSync('sha256', dataKey, '', `grantkeeper:${kind}:${id}`, 32))

/** Seals text under the data key of the given number. */
export const sealWith = (
  dataKey: Uint8Array,
  keyNumber: number,
  context: SealContext,
  plaintext: string,
): Uint8Array => {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(VERSION, 0)
  header.writeUInt32BE(keyNumber, 1)
  const nonce = randomBytes(NONCE_BYTES)
  const key = recordKey(dataKey, context)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(additionalData(header, context))
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  key.fill(0)
  return Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()])
}

/** The number of the data key under which a value is sealed. Throws `SealBroken` for what was never sealed here. */
export const keyNumberOf = (sealed: Uint8Array): number => {
  const bytes = Buffer.from(sealed)
  if (bytes.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || bytes.readUInt8(0) !== VERSION) throw new SealBroken()
  return bytes.readUInt32BE(1)
}

/** Opens what `sealWith` sealed. Throws `SealBroken`, and never a part of the text. */
export const openWith = (dataKey: Uint8Array, context: SealContext, sealed: Uint8Array): string => {
  keyNumberOf(sealed)
  const bytes = Buffer.from(sealed)
  const header = bytes.subarray(0, HEADER_BYTES)
  const nonce = bytes.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES)
  const key = recordKey(dataKey, context)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(additionalData(header, context))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    const body = bytes.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES)
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
  } catch {
    throw new SealBroken()
  } finally {
    key.fill(0)
  }
}
