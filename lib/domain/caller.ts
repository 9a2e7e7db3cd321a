import { Problem } from './problem.ts'

/** Who calls, taken from the verified token alone. */
export interface Caller {
  readonly orgId: string
  /** Whose grants are meant: the token's subject, or the user a service acts for. */
  readonly userId: string
  readonly admin: boolean
  /** A service that acts for itself; for a user it has that user's rights. */
  readonly service?: true
  /** The service's own subject, when it acts for a user. */
  readonly actorId?: string
}

/** Throws `adminOnly` unless the caller is an admin of its organization. */
export const requireAdmin = (caller: Caller): void => {
  if (!caller.admin) throw new Problem('adminOnly')
}

/** Throws `managerOnly` unless the caller is an admin or a service of its organization. */
export const requireManager = (caller: Caller): void => {
  if (!caller.admin && !caller.service) throw new Problem('managerOnly')
}
