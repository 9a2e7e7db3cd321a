import { randomBytes } from 'node:crypto'

/** A slug from a name: its letters and digits, `provider` where it has none; with a random suffix after the first try. */
export const deriveSlug = (name: string, tries: number): string => {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  const base = plain === '' ? 'provider' : plain
  // A name that happens to be a UUID would be taken for an id.
  const looksLikeId = /^[0-9a-f]{8}-[0-9a-f]{4}/.test(base)
  return tries === 0 && !looksLikeId ? base : `${base}-${randomBytes(3).toString('hex')}`
}
