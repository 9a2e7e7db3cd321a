export const DAY_MS = 86_400_000

/** The UTC day of a time, such as `2026-11-21`; it holds the day's beginning for `Date.parse`. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
