import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import type { Rows } from './rows.ts'

/** Runs the sweeper until it has nothing left to do with flows, as if enough time had passed for everything. */
export const sweepFlows = async ({ stack }: LocalGrantkeeper, rows: Rows): Promise<void> => {
  for (let tries = 0; tries < 10; tries++) {
    const due = (await rows.of('FLOW')).filter(({ duePk }) => duePk !== undefined)
    if (due.length === 0) return
    for (const row of due) {
      const passed = ['dueAt', 'claimUntil', 'nextPollAt'].filter((name) => row[name] !== undefined)
      await rows.change(row, Object.fromEntries(passed.map((name) => [name, 1])))
    }
    await stack.functions.invoke(stack.functionId('workers/sweep'), {})
  }
  throw new Error('The sweeper does not come to an end')
}
