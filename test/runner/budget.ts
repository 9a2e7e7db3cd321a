import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a suite takes, in the machine's CPU seconds with those of its processes, and from its begin to its end. */
export interface Cost {
  readonly cpuSeconds: number
  readonly seconds: number
}

/** What a suite may take that the budget does not name. */
export const SMALL: Cost = { cpuSeconds: 2, seconds: 2 }

const root = fileURLToPath(new URL('../../', import.meta.url))
export const budgetFile = fileURLToPath(new URL('budget.json', import.meta.url))

/** The suite's name in the budget: its path in the project. */
export const nameOf = (moduleId: string): string => relative(root, moduleId)

/** What each suite may take, by its path in the project; those that are not named are small. */
export const readBudget = (): Readonly<Record<string, Cost>> => JSON.parse(readFileSync(budgetFile, 'utf8'))
