import type * as z from 'zod'
import type { externalAuths } from '../../contract/schemas/external-auth.ts'
import type { Caller } from '../caller.ts'
import { remainingMs, withDeadline } from '../deadline.ts'
import { listGrants } from '../grants/list-grants.ts'
import type { RefreshPorts } from '../grants/refresh.ts'
import { inParallel } from '../in-parallel.ts'
import type { GrantAndProvider } from '../ports.ts'
import { Problem } from '../problem.ts'
import { listProviders } from '../providers/list.ts'
import type { Provider } from '../providers/provider.ts'
import { validate } from './validate.ts'
import { linkProviderView, linkView, noLink } from './views.ts'

/** The list knows no pages: this is the most of providers, and of grants, that it looks at. */
const MOST = 1000
/** So many links are asked about at a time, and all of them within so long. */
const AT_ONCE = 8
const ASK_MS = 20_000

/**
 * The organization's providers, and the caller's link to each that it has one to; about every link its provider is asked.
 * One that cannot be asked is not authenticated, and says why. Providers that are being deleted are left out.
 */
export const listExternalAuths = async (
  ports: RefreshPorts,
  caller: Caller,
): Promise<z.input<typeof externalAuths>> => {
  const known = await listProviders(ports.providers, caller.orgId, { limit: MOST })
  const providers = known.items.filter(({ state }) => state !== 'deleting' && state !== 'deletionFailed')
  const grants = await listGrants(ports, caller, { limit: MOST, descending: true })
  const newest = newestOf(grants.items, providers)
  const links = await withDeadline(Math.min(ASK_MS, remainingMs()), () =>
    inParallel(AT_ONCE, newest, (found) => askAbout(ports, found)),
  )
  return { ...(links[0] ?? noLink), providers: providers.map(linkProviderView), links }
}

/** The first grant of each of these providers. */
const newestOf = (grants: readonly GrantAndProvider[], providers: readonly Provider[]): readonly GrantAndProvider[] => {
  const wanted = new Set(providers.map(({ id }) => id))
  return grants.filter(({ provider }) => wanted.delete(provider.id))
}

const askAbout = async (ports: RefreshPorts, found: GrantAndProvider) => {
  try {
    const { link, refusal } = await validate(ports, found)
    return linkView(link.grant, refusal)
  } catch (error) {
    if (error instanceof Problem) return linkView(found.grant, error.message)
    // What the deadline has cut off, the table's answers among it.
    if (remainingMs() === 0) return linkView(found.grant, new Problem('tryAgain').message)
    throw error
  }
}
