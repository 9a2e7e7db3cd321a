/** Whether something is over, for everybody and at once; the sweeper removes it later. */
export const isPast = ({ expiresAt }: { readonly expiresAt?: number | undefined }, now = Date.now()): boolean =>
  expiresAt !== undefined && expiresAt <= now
