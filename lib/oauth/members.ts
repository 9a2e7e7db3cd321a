/** A JSON object, whatever is in it. */
export type Members = Readonly<Record<string, unknown>>

/** Whether this is a JSON object. */
export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a JSON pointer (RFC 6901); undefined where there is none. */
export const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (current, part) =>
        typeof current === 'object' && current !== null && Object.hasOwn(current, part)
          ? (current as Members)[part]
          : undefined,
      value,
    )

/** The objects of a list; none where it is no list. */
export const items = (value: unknown): readonly Members[] => (Array.isArray(value) ? value.filter(isMembers) : [])

/** Two ids that are unique only together, as one; undefined unless both are there. */
export const together = (one: unknown, other: unknown): string | undefined =>
  one === undefined || one === null || other === undefined || other === null ? undefined : `${one}:${other}`
