import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../support/command.ts'
import { applyFault, plantedFaults } from '../support/planted-faults.ts'

const faults = plantedFaults()
const areaOf = (name: string): string => name.split('-')[0] ?? ''

test('four faults are planted in each of the five places that can harm somebody', () => {
  const counts = Object.groupBy(faults, ({ name }) => areaOf(name))

  const areas = Object.entries(counts).map(([area, members]) => [area, members?.length])
  expect(Object.fromEntries(areas)).toEqual({ connect: 4, deletion: 4, isolation: 4, refresh: 4, sealing: 4 })
})

// Whoever changes code that a fault stands in makes its patch anew, so that the same mistake can still be made.
describe.each(faults)('$name', (fault) => {
  test('applies to the tree as it is', () => {
    expect(applyFault(fault, root, { check: true })).toBe('')
  })

  test('is a mistake in the product, not in its tests', () => {
    expect(fault.files).not.toEqual([])
    expect(fault.files.filter((file) => !/^(lib|functions)\//.test(file))).toEqual([])
  })

  test('says in one sentence what goes wrong, and names one or two suites that there are', () => {
    expect(fault.sentence).toMatch(/^[^\n]+\.$/)
    expect([1, 2]).toContain(fault.suites.length)
    const missing = fault.suites.filter((file) => !/^test\/.+\.test\.ts$/.test(file) || !existsSync(join(root, file)))
    expect(missing).toEqual([])
  })
})
