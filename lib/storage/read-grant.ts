import type { Grant } from '../domain/grants/grant.ts'
import type { Member } from '../domain/ports.ts'
import type { Key } from './keys.ts'
import { getItem, type Table } from './table.ts'

/**
 * A grant as it is known. One of an account without an id is its own account; rows of former days, which have an empty one
 * there and stand under it in other rows, are read so.
 */
export const readGrant = (row: Grant): Grant => (row.sub === '' ? { ...row, sub: row.id, unnamed: true } : row)

/** A grant, read consistently. */
export const getGrant = async (table: Table, key: Key): Promise<Grant | undefined> => {
  const row = await getItem<Grant>(table, key)
  return row && readGrant(row)
}

/** The row of a grant: as it was, where it is one of those. */
export const grantRowOf = (grant: Grant): Omit<Grant, 'unnamed'> => {
  const { unnamed: _, ...row } = grant
  return { ...row, sub: storedSub(grant) }
}

/** Under which account the grant's other rows stand. */
export const storedSub = ({ sub, unnamed }: Pick<Grant, 'sub' | 'unnamed'>): string => (unnamed ? '' : sub)

export const readMember = (row: Member): Member => (row.sub === '' ? { ...row, sub: row.grantId } : row)
