import type { Chunk } from '../jobs/job.ts'

/**
 * So long a worker that lives does nothing in its chunk at most: two tries of a revocation take 16 s. One that is taken for
 * dead and is not does no harm, since what another has deleted is skipped.
 */
const SILENT_MS = 45_000
/** So many are sent at once: far more than go at a time. */
const MOST_SENT = 100

/**
 * Which open chunks nobody looks after, so that their messages must be sent again: those whose worker has fallen silent,
 * and where none is at work at all, those whose message was sent and seems lost. While others are at work a chunk that
 * nobody has begun only waits for its turn, however long the queue is.
 */
export const silentChunks = (open: readonly Chunk[], now = Date.now()): Chunk[] => {
  const isSilent = (at = 0): boolean => at <= now - SILENT_MS
  const isBegun = ({ movedAt = 0, sentAt = 0 }: Chunk): boolean => movedAt > sentAt
  const silent = open.filter((chunk) => isBegun(chunk) && isSilent(chunk.movedAt))
  const isWorkedOn = open.some((chunk) => isBegun(chunk) && !isSilent(chunk.movedAt))
  const waiting = isWorkedOn ? [] : open.filter((chunk) => !isBegun(chunk) && isSilent(chunk.sentAt))
  return [...silent, ...waiting].slice(0, MOST_SENT)
}
