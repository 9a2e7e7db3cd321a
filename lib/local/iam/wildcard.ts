/** Decides whether a text fits a pattern. */
export type Matcher = (text: string) => boolean

const WILDCARDS = new Map([
  ['*', '.*'],
  ['?', '.'],
])

/** `*` stands for any characters, slashes and colons too; `?` for exactly one. Case counts unless told. */
export function wildcard(pattern: string, { ignoreCase = false } = {}): Matcher {
  const source = pattern.replace(/\W/g, (char) => WILDCARDS.get(char) ?? `\\${char}`)
  const expression = new RegExp(`^${source}$`, ignoreCase ? 'is' : 's')
  return (text) => expression.test(text)
}
