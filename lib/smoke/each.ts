import { NoAnswer, Unexpected } from './unexpected.ts'

/** A new account may run ten functions at once. */
const AT_ONCE = 4
const NAMED = 3
/** A deployment that hangs is not asked for every row in turn. */
const MOST_UNANSWERED = 4

/**
 * Looks at every row, some at a time. Throws one `Unexpected` for all that are not as they should be: the first are told,
 * the others counted.
 */
export const each = async <Row>(rows: readonly Row[], look: (row: Row) => Promise<void>): Promise<void> => {
  const wrong: Unexpected[] = []
  const left = [...rows]
  const work = async (): Promise<void> => {
    for (let row = left.shift(); row !== undefined; row = left.shift()) {
      if (wrong.filter((one) => one instanceof NoAnswer).length >= MOST_UNANSWERED) return
      try {
        await look(row)
      } catch (error) {
        if (!(error instanceof Unexpected)) throw error
        wrong.push(error)
      }
    }
  }
  const [failure] = (await Promise.allSettled(Array.from({ length: AT_ONCE }, work))).filter(
    (end) => end.status === 'rejected',
  )
  if (failure) throw failure.reason
  if (wrong.length === 0) return
  const more = wrong.length > NAMED ? [`and ${wrong.length - NAMED} more`] : []
  throw new Unexpected([...wrong.slice(0, NAMED).map(({ message }) => message), ...more].join('; '))
}
