import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits, as they go into URLs and cookies. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/** Under what a secret of ours is stored: 256 random bits need neither salt nor stretching. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/** Whether two texts are equal, in a time that tells nothing of where they differ. */
export const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())

/** Whether a secret is the one that was stored so. */
export const isSecret = (secret: string | undefined, stored: string | undefined): boolean =>
  secret !== undefined && stored !== undefined && sameText(hashOf(secret), stored)
