/** What is shorter is no secret, and would be found everywhere. */
const SHORTEST_BYTES = 8
/** Fits into text, JSON, a URL and base64 alike. */
const MASK = 'x'

/**
 * Bytes of an answer without the token that they were asked for with, in whatever spelling an echo would have: as it is,
 * in JSON, in a URL, in base64, in hex, in UTF-16. Byte for byte, so that lengths and offsets inside stay true.
 * Answers the bytes themselves when they hold no token.
 */
export const maskToken = (bytes: Buffer, token: string): Buffer => {
  let masked = bytes
  for (const needle of spellings(token)) {
    for (let at = masked.indexOf(needle); at >= 0; at = masked.indexOf(needle, at + needle.length)) {
      if (masked === bytes) masked = Buffer.from(bytes)
      masked.fill(MASK, at, at + needle.length)
    }
  }
  return masked
}

/** The same for the value of a header. */
export const maskTokenIn = (value: string, token: string): string => {
  const bytes = Buffer.from(value, 'latin1')
  const masked = maskToken(bytes, token)
  return masked === bytes ? value : masked.toString('latin1')
}

const lowerCase = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())

const spellings = (token: string): readonly Buffer[] => {
  const bytes = Buffer.from(token)
  // Tokens are ASCII, so that but for its first or last byte, a zero, one spelling is found in both byte orders.
  const wide = Buffer.from(token, 'utf16le').subarray(0, -1)
  const json = JSON.stringify(token).slice(1, -1)
  const inUrl = encodeURIComponent(token.toWellFormed())
  const inForm = new URLSearchParams({ '': token }).toString().slice(1)
  const texts = [
    token,
    json,
    json.replaceAll('/', '\\/'),
    JSON.stringify(json).slice(1, -1),
    ...[inUrl, inForm].flatMap((text) => [text, lowerCase(text)]),
    ...[0, 1, 2].flatMap((offset) => [base64At(offset, bytes, 'base64'), base64At(offset, bytes, 'base64url')]),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
  const all = [...[...new Set(texts)].map((text) => Buffer.from(text)), wide]
  // The longest first: what is part of another spelling must not break it.
  return all.filter(({ length }) => length >= SHORTEST_BYTES).sort((a, b) => b.length - a.length)
}

/** What of the base64 is the token's alone, when so many bytes stand before it; neighbours have a part in the rest. */
const base64At = (offset: number, bytes: Buffer, encoding: 'base64' | 'base64url'): string => {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString(encoding)
    .replace(/=+$/, '')
  const whole = text.slice(Math.ceil((offset * 8) / 6))
  return (offset + bytes.length) % 3 === 0 ? whole : whole.slice(0, -1)
}
