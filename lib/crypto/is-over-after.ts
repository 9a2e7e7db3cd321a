/**
 * Answers whether a time from now on is over, by the clock of the wall or by the monotonic one, whichever is first: the
 * wall's may be put back, and the other may stand still while an execution environment is frozen.
 */
export const isOverAfter = (ms: number): (() => boolean) => {
  const wall = Date.now() + ms
  const monotonic = performance.now() + ms
  return () => Date.now() >= wall || performance.now() >= monotonic
}
