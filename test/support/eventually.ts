import { setTimeout as sleep } from 'node:timers/promises'

/** Looks until what is seen is as it should be, and answers it; throws what was seen last after so many seconds. */
export const eventually = async <Seen>(
  look: () => Promise<Seen>,
  isRight: (seen: Seen) => boolean,
  seconds = 20,
): Promise<Seen> => {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const seen = await look()
    if (isRight(seen)) return seen
    if (performance.now() > end) throw new Error(`Still after ${seconds} s: ${JSON.stringify(seen)}`)
    await sleep(50)
  }
}
