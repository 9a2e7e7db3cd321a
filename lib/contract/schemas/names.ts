import * as z from 'zod'

/** How many letters must change to make one text of the other (Levenshtein). */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}

/** `client_id`, `ClientID` and `clientId` are one name to people. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** The name that is most like another, unless more than half of its letters would have to change. */
export const nearest = (name: string, names: readonly string[]): string | undefined => {
  const asked = plain(name.slice(0, 64))
  const [found] = names
    .map((each) => ({ each, far: distance(asked, plain(each)) }))
    .filter(({ far }) => far <= asked.length / 2)
    .sort((a, b) => a.far - b.far)
  return found?.each
}

/**
 * An object that has these members and no others: an unknown name is most likely a known one that was written otherwise,
 * and what it was to say would be lost in silence. `elsewhere` says why a name that others take is none here.
 */
export const closed = <Shape extends z.ZodRawShape>(
  shape: Shape,
  elsewhere: (name: string) => string | undefined = () => undefined,
) => {
  const names = Object.keys(shape)
  const refusal = (name: string): string => {
    const meant = nearest(name, names)
    return elsewhere(name) ?? `is not known${meant === undefined ? '' : `: did you mean ${meant}?`}`
  }
  const unknown = z.any().refine(() => false, { abort: true, error: ({ path }) => refusal(String(path?.at(-1) ?? '')) })
  // Written as what it is in the OpenAPI document, where a refinement says nothing.
  return z.object(shape).catchall(unknown).meta({ additionalProperties: false })
}
