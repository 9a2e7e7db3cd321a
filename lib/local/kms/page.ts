import { KmsError } from './errors.ts'
import type { Input } from './input.ts'

/** The part of a list that `Limit` and `Marker` ask for. Throws `InvalidMarkerException`. */
export interface Page<T> {
  readonly items: readonly T[]
  /** The members that every list answer carries. */
  readonly position: { readonly Truncated: boolean; readonly NextMarker?: string }
}

/** Cuts one page of items, in the order of their names; the marker is the last name of the page before. */
export function page<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  input: Input,
  limits: { readonly default: number; readonly max: number },
): Page<T> {
  const limit = input.integer('Limit', { min: 1, max: limits.max }) ?? limits.default
  const marker = input.optionalString('Marker', { min: 1, max: 1024 })
  const after = marker === undefined ? '' : Buffer.from(marker, 'base64url').toString()
  if (marker !== undefined && toMarker(after) !== marker) throw new KmsError('InvalidMarkerException', 'Invalid marker')
  const rest = items
    .filter((item) => nameOf(item) > after)
    .sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1))
  const last = rest[limit - 1]
  if (last === undefined || rest.length === limit) return { items: rest, position: { Truncated: false } }
  return { items: rest.slice(0, limit), position: { Truncated: true, NextMarker: toMarker(nameOf(last)) } }
}

function toMarker(name: string): string {
  return Buffer.from(name).toString('base64url')
}
