import { mkdirSync, writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import { budgetFile, type Cost, nameOf, readBudget, SMALL } from './budget.ts'
import { overBudget, paceOf } from './over-budget.ts'

/**
 * Tells where the time of a run went, and fails it when a suite took half as much again as its budget. `BUDGET=write`
 * makes what was taken the budget. Its last line is `N passed, N failed, N skipped`,
 * which `test-output/closing-line` keeps.
 */
export class Spent implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const costs = new Map(modules.map((module) => [nameOf(module.moduleId), costOf(module)]))
    if (process.env.BUDGET === 'write') writeBudget(costs)

    const total = [...costs.values()].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
    const pace = paceOf(costs, readBudget())
    const longest = [...costs].sort(([, a], [, b]) => b.cpuSeconds - a.cpuSeconds).slice(0, 12)
    const compared = Number.isNaN(pace) ? '' : `, ${pace.toFixed(2)} times the budget`
    console.log(`\n${total.toFixed(0)} CPU seconds${compared}:`)
    for (const [name, { cpuSeconds, seconds }] of longest) {
      console.log(`${cpuSeconds.toFixed(1).padStart(7)} s CPU, ${seconds.toFixed(1).padStart(6)} s  ${name}`)
    }

    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length
    const broken = modules.filter((module) => module.errors().length > 0).length
    const over = overBudget(costs, readBudget())
    for (const line of over) console.log(`over budget: ${line}`)
    const failed = count('failed') + broken + errors.length + over.length
    if (failed > 0) process.exitCode = 1
    const closing = `${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`
    mkdirSync('test-output', { recursive: true })
    writeFileSync('test-output/closing-line', `${closing}\n`)
    console.log(`\n${closing}`)
  }
}

const costOf = (module: TestModule): Cost => {
  const { duration, collectDuration, setupDuration } = module.diagnostic()
  return { cpuSeconds: module.meta().cpuSeconds ?? 0, seconds: (duration + collectDuration + setupDuration) / 1000 }
}

const writeBudget = (costs: ReadonlyMap<string, Cost>): void => {
  const known = Object.entries({ ...readBudget(), ...Object.fromEntries(costs) })
  const large = known
    .filter(([, { cpuSeconds, seconds }]) => cpuSeconds > SMALL.cpuSeconds || seconds > SMALL.seconds)
    .map(([name, { cpuSeconds, seconds }]) => [name, { cpuSeconds: tenths(cpuSeconds), seconds: tenths(seconds) }])
    .sort(([a], [b]) => String(a).localeCompare(String(b)))
  writeFileSync(budgetFile, `${JSON.stringify(Object.fromEntries(large), null, 2)}\n`)
}

const tenths = (number: number): number => Math.round(number * 10) / 10
