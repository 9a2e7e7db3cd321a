/**
 * The value of a JSON text; undefined for what is none. A whole number that JavaScript would round is left as it is
 * written, as a text: rounded, the id of one account would be that of another.
 */
export const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text, exact)
  } catch {
    return undefined
  }
}

const exact = (_name: string, value: unknown, { source }: { source?: string } = {}): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '') ? source : value
