import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { nameOf, readBudget, SMALL } from './budget.ts'

/** The suites that take longest begin first, so that no worker is left with one of them at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const budget = readBudget()
    const seconds = ({ moduleId }: TestSpecification): number => (budget[nameOf(moduleId)] ?? SMALL).seconds
    return files.toSorted((a, b) => seconds(b) - seconds(a) || a.moduleId.localeCompare(b.moduleId))
  }
}
