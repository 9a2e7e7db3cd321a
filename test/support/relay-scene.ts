import type { LocalGrantkeeper, LocalOptions } from '../../lib/local/grantkeeper.ts'
import { type AnApi, anApi } from './an-api.ts'
import { type Answer, aCaller, aGrant, aGrantkeeper, aProvider, type Caller, type Json } from './grantkeeper.ts'
import { type StoredRows, storedRows } from './stored-grant.ts'

/** A stack, an API whose base is `/v1`, another server that nothing must reach, and a user who is connected. */
export interface RelayScene {
  readonly grantkeeper: LocalGrantkeeper & { readonly dataDir: string }
  readonly api: AnApi
  readonly elsewhere: AnApi
  readonly rows: StoredRows
  readonly caller: Caller
  readonly provider: Json
  readonly grant: Json
  /** The path of the integration from the root, by its id. */
  readonly path: string
  /** Sends a request in the body of a POST. */
  relay(body: Json, caller?: Caller): Promise<Answer>
  close(): Promise<void>
}

export const aRelayScene = async (options: Partial<LocalOptions> = {}): Promise<RelayScene> => {
  const grantkeeper = await aGrantkeeper(options)
  const api = await anApi()
  const elsewhere = await anApi()
  const rows = storedRows(grantkeeper)
  const caller = await aCaller(grantkeeper)
  const provider = await aProvider(grantkeeper, { slug: 'demo', apiBaseUri: `${api.origin}/v1` })
  const grant = await aGrant(caller, provider.id)
  const path = `//api/integrations/${provider.id}`
  return {
    grantkeeper,
    api,
    elsewhere,
    rows,
    caller,
    provider,
    grant,
    path,
    relay: (body, by = caller) => by.request('POST', `${path}/request`, body),
    close: async () => {
      rows.close()
      await api.close()
      await elsewhere.close()
      await grantkeeper.close()
    },
  }
}
