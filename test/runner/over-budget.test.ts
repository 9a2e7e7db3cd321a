import { describe, expect, test } from 'vitest'
import { overBudget, paceOf } from './over-budget.ts'

const cost = (cpuSeconds: number) => ({ cpuSeconds, seconds: 0 })
const names = Array.from({ length: 20 }, (_, at) => `test/suite-${at}.test.ts`)
const budget = Object.fromEntries(names.map((name) => [name, cost(20)]))
/** A run in which every suite of the budget took so long, but for what is said. */
const run = (cpuSeconds: number, others: Readonly<Record<string, number>> = {}) =>
  new Map(
    Object.entries({ ...Object.fromEntries(names.map((name) => [name, cpuSeconds])), ...others }).map(
      ([name, each]) => [name, cost(each)],
    ),
  )

describe('a suite is over its budget', () => {
  test.each([
    ['a suite that took 36 of its 20 seconds', run(20, { 'test/suite-3.test.ts': 36 }), ['test/suite-3.test.ts']],
    ['none that took 29', run(20, { 'test/suite-3.test.ts': 29 }), []],
    ['none on a machine that takes twice as long for all', run(40), []],
    [
      'one that took four times as long on such a machine',
      run(40, { 'test/suite-3.test.ts': 80 }),
      ['test/suite-3.test.ts'],
    ],
    ['a suite that is not in the budget and is not small', run(20, { 'test/new.test.ts': 18 }), ['test/new.test.ts']],
    ['none that is small, and paid for what all of its worker share', run(20, { 'test/new.test.ts': 7 }), []],
    ['none on a faster machine that took what it may', run(8, { 'test/suite-3.test.ts': 28 }), []],
  ])('%s', (_, costs, over) => {
    expect(overBudget(costs, budget).map((line) => line.split(' ')[0])).toEqual(over)
  })

  test('none where too few suites ran to tell how fast the machine is', () => {
    const costs = new Map([...run(20)].slice(0, 19).map(([name]) => [name, cost(100)]))

    expect(paceOf(costs, budget)).toBeNaN()
    expect(overBudget(costs, budget)).toEqual([])
  })
})
