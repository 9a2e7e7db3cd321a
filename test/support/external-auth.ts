import { deviceKey } from '../../lib/domain/connect/flow-secrets.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from './conforms.ts'
import { type Answer, aCaller, aProvider, type Caller, type Json } from './grantkeeper.ts'
import type { Rows } from './rows.ts'

const BASE = '//api/v2/external-auth'

/** The operations of surface 2, of a provider by its id or slug. */
export const externalAuthOf = (caller: Caller) => ({
  list: (): Promise<Answer> => caller.get(BASE),
  get: (idOrSlug: string): Promise<Answer> => caller.get(`${BASE}/${idOrSlug}`),
  unlink: (idOrSlug: string): Promise<Answer> => caller.delete(`${BASE}/${idOrSlug}`),
  start: (idOrSlug: string): Promise<Answer> => caller.get(`${BASE}/${idOrSlug}/device`),
  poll: (idOrSlug: string, deviceCode: unknown): Promise<Answer> =>
    caller.post(`${BASE}/${idOrSlug}/device`, { device_code: deviceCode }),
})

/** Begins a device flow; answers what a device shows. */
export const aDevice = async (caller: Caller, { id }: Json): Promise<Json> => {
  const answer = await externalAuthOf(caller).start(id)
  if (answer.status !== 200) throw new Error(`The device flow did not begin: ${answer.status} ${answer.text}`)
  return answer.body
}

/** What a poll came to: 204, or the status with the detail that clients go by. */
export const said = ({ status, body }: Answer): unknown => (status === 204 ? 204 : [status, body?.detail])

/** The one row of a device flow of the organization `acme`. */
export const deviceRow = async (rows: Rows, { device_code }: Json): Promise<Json> => {
  const found = await rows.partition(`FLOW#${deviceKey('acme', device_code)}`)
  if (found.length !== 1) throw new Error(`There are ${found.length} rows of the flow`)
  return found[0]
}

let homes = 0

/** A user of an organization of its own, with a provider there. */
export const aHome = async (grantkeeper: LocalGrantkeeper, overrides: Record<string, unknown> = {}) => {
  const org = `org-${homes++}`
  const provider = await aProvider(grantkeeper, overrides, { org })
  const caller = checked(await aCaller(grantkeeper, { org }))
  return { caller, provider, org, ...externalAuthOf(caller) }
}
