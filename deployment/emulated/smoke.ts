/** The one check that must fail: the emulator decodes what stands in a path, and API Gateway leaves that to the function. */
export const UNFAITHFUL = 'an id in a path is decoded once'

/**
 * What is wrong with what the smoke test said, if anything: every check must be there and hold, but for the one that the
 * emulator cannot meet. That one must fail, so that it is known when the emulator has learnt it.
 */
export const faultsOfSmoke = (output: string, titles: readonly string[]): string[] => {
  const lines = output.split('\n')
  const hasVerdict = (verdict: string, title: string): boolean =>
    lines.some((line) => line === `${verdict.padEnd(8)}${title}` || line.startsWith(`${verdict.padEnd(8)}${title}: `))
  const passed = titles.length - 1
  return [
    ...titles
      .filter((title) => title !== UNFAITHFUL && !hasVerdict('ok', title))
      .map((title) => lines.find((line) => line.includes(title)) ?? `not made: ${title}`),
    ...(hasVerdict('FAILED', UNFAITHFUL) ? [] : [`did not fail, as it does on this emulator: ${UNFAITHFUL}`]),
    ...(lines.includes(`${passed} passed, 1 failed`) ? [] : [`there is no line "${passed} passed, 1 failed"`]),
  ]
}
