import type * as z from 'zod'
import type { userConnections } from '../../contract/schemas/user-connection.ts'
import type { ConnectionsPage } from './list.ts'
import { type SourceForm, userConnectionView } from './user-connection.ts'

/** A page with its place among the others, counted from one; 0 says that there is none. */
export const pageView = (
  { results, count, current, size }: ConnectionsPage,
  form: SourceForm,
): z.input<typeof userConnections> => {
  const pages = Math.max(1, Math.ceil(count / size))
  return {
    pagination: {
      next: current < pages ? current + 1 : 0,
      previous: current - 1,
      count,
      current,
      total_pages: pages,
      start_index: count === 0 ? 0 : (current - 1) * size + 1,
      end_index: Math.min(current * size, count),
    },
    results: results.map((numbered) => userConnectionView(numbered, form)),
    autocomplete: {},
  }
}
