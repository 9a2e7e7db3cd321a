import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { KeyMaterial } from './key-store.ts'

/** An encryption context: non-secret pairs that must be given again, exactly, to decrypt. */
export type EncryptionContext = Readonly<Record<string, string>>

// A blob is: magic, key material id (32 bytes), iv (12), tag (16), ciphertext.
const MAGIC = Buffer.from('LKMS\x01', 'latin1')
const IV_START = MAGIC.length + 32
const TAG_START = IV_START + 12
const DATA_START = TAG_START + 16

/** Encrypts under one version of a key by AES-256-GCM; the header and the context are authenticated with it. */
export function encrypt(material: KeyMaterial, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const header = Buffer.concat([MAGIC, Buffer.from(material.id, 'hex')])
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(material.secret, 'base64'), iv, { authTagLength: 16 })
  cipher.setAAD(Buffer.concat([header, canonical(context)]))
  const data = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([header, iv, cipher.getAuthTag(), data])
}

/** The id of the key material a blob names, in hex; `undefined` when it is no blob of this server. Nothing is verified. */
export function materialIdOf(blob: Buffer): string | undefined {
  if (blob.length <= DATA_START || !blob.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  return blob.toString('hex', MAGIC.length, IV_START)
}

/** Decrypts what `encrypt` made under this material; `undefined` when the blob or the context is not what it was. */
export function decrypt(material: KeyMaterial, blob: Buffer, context: EncryptionContext): Buffer | undefined {
  const iv = blob.subarray(IV_START, TAG_START)
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(material.secret, 'base64'), iv, { authTagLength: 16 })
  decipher.setAAD(Buffer.concat([blob.subarray(0, IV_START), canonical(context)]))
  decipher.setAuthTag(blob.subarray(TAG_START, DATA_START))
  const plaintext = decipher.update(blob.subarray(DATA_START))
  try {
    return Buffer.concat([plaintext, decipher.final()])
  } catch {
    return undefined
  }
}

/** One byte string per context: sorted, so order does not matter; with lengths, so no two contexts meet. */
function canonical(context: EncryptionContext): Buffer {
  const parts = Object.keys(context)
    .sort()
    .flatMap((name) => [name, context[name] ?? ''])
    .map((part) => Buffer.from(part, 'utf8'))
  return Buffer.concat(parts.flatMap((part) => [uint32(part.length), part]))
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
