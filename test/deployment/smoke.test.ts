import { describe, expect, test } from 'vitest'
import { faultsOfSmoke, UNFAITHFUL } from '../../deployment/emulated/smoke.ts'
import { checksOf } from '../../lib/smoke/checks.ts'

const titles = checksOf({ write: true }).map(({ title }) => title)
const [first = '', second = ''] = titles

/** What the smoke test says on the emulator, with other lines in the place of some. */
const said = (
  others: Readonly<Record<string, string>> = {},
  closing = `${titles.length - 1} passed, 1 failed`,
): string =>
  [
    'Checking http://127.0.0.1:1/restapis/1/v1/_user_request_, also by writing',
    ...titles.map((title) => {
      if (title in others) return others[title]
      return title === UNFAITHFUL
        ? `FAILED  ${title}: expected 422; GET /x answered 404. On AWS: ...`
        : `ok      ${title}`
    }),
    closing,
  ].join('\n')

describe('what the smoke test says of a deployment on the emulator', () => {
  test('is right when all holds but what the emulator cannot meet', () => {
    expect(titles).toContain(UNFAITHFUL)
    expect(faultsOfSmoke(said(), titles)).toEqual([])
  })

  test.each([
    ['another check fails', said({ [second]: `FAILED  ${second}: expected 200; came 500` })],
    ['a check was not tried', said({ [second]: `-       ${second}: not tried, since the API does not answer` })],
    ['a check is missing', said({ [first]: '' })],
    [
      'the check that must fail holds',
      said({ [UNFAITHFUL]: `ok      ${UNFAITHFUL}` }, `${titles.length} passed, 0 failed`),
    ],
    ['the check that must fail is missing', said({ [UNFAITHFUL]: '' })],
    ['more have failed than are named', said({}, `${titles.length - 2} passed, 2 failed`)],
    ['there is an end without a count', said({}, 'It was stopped.')],
    ['it says nothing', ''],
  ])('is wrong when %s', (_, output) => {
    expect(faultsOfSmoke(output, titles)).not.toEqual([])
  })

  test('is shown with the line of the check that failed', () => {
    const line = `FAILED  ${second}: expected 200; came 500`

    expect(faultsOfSmoke(said({ [second]: line }), titles)).toEqual([line])
  })
})
