import type { Caller } from '../caller.ts'
import { type ListPorts, listGrants } from '../grants/list-grants.ts'
import type { GrantAndProvider } from '../ports.ts'

/** The caller's link to a provider: its own most recent grant of it; undefined without one. */
export const findLink = async (
  ports: ListPorts,
  caller: Caller,
  providerId: string,
): Promise<GrantAndProvider | undefined> => {
  const { items } = await listGrants(ports, caller, { providerIds: [providerId], limit: 1, descending: true })
  return items[0]
}
