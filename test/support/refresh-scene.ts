import type { LocalGrantkeeper, LocalOptions } from '../../lib/local/grantkeeper.ts'
import { type Answer, aCaller, aGrantkeeper, type Caller } from './grantkeeper.ts'
import { type HostileUpstream, startHostileUpstream } from './hostile-upstream.ts'
import { type StoredRows, storedRows } from './stored-grant.ts'

/** A stack, an honest and a hostile provider beside it, and a user who asks for tokens. */
export interface RefreshScene {
  readonly grantkeeper: LocalGrantkeeper
  readonly hostile: HostileUpstream
  readonly rows: StoredRows
  readonly caller: Caller
  /** Asks for the access token of a grant. */
  ask(id: string, query?: string): Promise<Answer>
  /** Status and reason of a grant, as the API shows them. */
  statusOf(id: string): Promise<{ status: string; statusReason?: string }>
  /** How often the demo upstream was asked to refresh, for an account when one is named. */
  refreshes(account?: string): number
  /** The refresh tokens that were sent to the hostile upstream. */
  hostileRefreshes(): (string | undefined)[]
  close(): Promise<void>
}

export const aRefreshScene = async (options: Partial<LocalOptions> = {}): Promise<RefreshScene> => {
  const grantkeeper = await aGrantkeeper(options)
  const hostile = await startHostileUpstream()
  const rows = storedRows(grantkeeper)
  const caller = await aCaller(grantkeeper)
  return {
    grantkeeper,
    hostile,
    rows,
    caller,
    ask: (id, query = '') => caller.post(`/authorizedProviders/${id}/accessToken/${query}`),
    statusOf: async (id) => {
      const { status, statusReason } = (await caller.get(`/authorizedProviders/${id}/`)).body
      return { status, ...(statusReason !== undefined && { statusReason }) }
    },
    refreshes: (account) =>
      grantkeeper.upstream.control
        .requests()
        .filter((seen) => seen.grantType === 'refresh_token' && (account === undefined || seen.account === account))
        .length,
    hostileRefreshes: () =>
      hostile
        .requests()
        .filter(({ params }) => params.grant_type === 'refresh_token')
        .map(({ params }) => params.refresh_token),
    close: async () => {
      rows.close()
      await hostile.close()
      await grantkeeper.close()
    },
  }
}
