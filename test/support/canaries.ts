/** Something that may hold a secret. */
export interface Haystack {
  readonly where: string
  readonly bytes: Buffer
}

/** A secret that must not be found, with a name that may be printed. */
export interface Canary {
  readonly name: string
  readonly value: string
}

/**
 * A secret in base64 is found wherever it begins: the alphabet's characters that the bytes before and after it have a
 * part in are left out.
 */
const base64At = (offset: number, value: Buffer, encoding: 'base64' | 'base64url'): string => {
  const text = Buffer.concat([Buffer.alloc(offset), value])
    .toString(encoding)
    .replace(/=+$/, '')
  const whole = text.slice(Math.ceil((offset * 8) / 6))
  return (offset + value.length) % 3 === 0 ? whole : whole.slice(0, -1)
}

const jsonEscaped = (value: string): string => JSON.stringify(value).slice(1, -1)

/** The spellings in which a secret could be written. */
export const spellings = (value: string): ReadonlyMap<string, string> => {
  const bytes = Buffer.from(value)
  return new Map([
    ['as it is', value],
    ...[0, 1, 2].flatMap((offset): [string, string][] => [
      [`base64 at ${offset}`, base64At(offset, bytes, 'base64')],
      [`base64url at ${offset}`, base64At(offset, bytes, 'base64url')],
    ]),
    ['hex', bytes.toString('hex')],
    ['hex in capitals', bytes.toString('hex').toUpperCase()],
    ['in a URL', encodeURIComponent(value)],
    ['in a form', new URLSearchParams({ '': value }).toString().slice(1)],
    ['in JSON', jsonEscaped(value)],
    ['in JSON in JSON', jsonEscaped(jsonEscaped(value))],
  ])
}

/** Where which secret is, and in which spelling; empty when nothing leaked. */
export const findCanaries = (haystacks: readonly Haystack[], canaries: readonly Canary[]): string[] =>
  canaries.flatMap(({ name, value }) =>
    [...spellings(value)].flatMap(([spelling, needle]) =>
      haystacks.filter(({ bytes }) => bytes.includes(needle)).map(({ where }) => `${name}, ${spelling}, in ${where}`),
    ),
  )
