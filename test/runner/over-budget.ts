import { type Cost, SMALL } from './budget.ts'

type Costs = ReadonlyMap<string, Cost>
type Budget = Readonly<Record<string, Cost>>

/** So many suites of the budget tell how fast a machine is; with fewer nothing is held to it. */
const ENOUGH = 20
const TOLERANCE = 1.5
/**
 * CPU seconds that a suite may pay for others: the stack that its worker shares, the CDK and the SDK when it is the first to
 * need them, and what the one before has left to be done. Seen so far: 6.
 */
const SHARED_SECONDS = 15

/**
 * How much more CPU time this machine took than the one the budget was written on: the middle of what the suites of the
 * budget say, so that one that has grown does not excuse itself. Never below 1; NaN where too few of them ran.
 */
export const paceOf = (costs: Costs, budget: Budget): number => {
  const ratios = Object.entries(budget)
    .flatMap(([name, { cpuSeconds }]) => {
      const cost = costs.get(name)
      return cost ? [cost.cpuSeconds / Math.max(cpuSeconds, SMALL.cpuSeconds)] : []
    })
    .sort((a, b) => a - b)
  return ratios.length < ENOUGH ? Number.NaN : Math.max(1, ratios[Math.floor(ratios.length / 2)] ?? 1)
}

/** A line for each suite that took more than half as much again as it may, at this machine's pace. */
export const overBudget = (costs: Costs, budget: Budget): string[] => {
  const pace = paceOf(costs, budget)
  return [...costs].flatMap(([name, { cpuSeconds }]) => {
    const may = Math.max((budget[name] ?? SMALL).cpuSeconds, SMALL.cpuSeconds)
    if (!(cpuSeconds > pace * Math.max(TOLERANCE * may, may + SHARED_SECONDS))) return []
    const [took, should] = [cpuSeconds.toFixed(1), (pace * may).toFixed(1)]
    return [
      `${name} took ${took} CPU seconds, and should take ${should}: make it lighter, or BUDGET=write npm test -- ${name}`,
    ]
  })
}
