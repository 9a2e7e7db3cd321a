import type { Installation } from '../domain/ports.ts'
import type { Provider } from '../domain/providers/provider.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { call, limits } from './call.ts'
import { isMembers, items, type Members } from './members.ts'
import type { Outbound } from './outbound/outbound.ts'
import { readJson } from './read-json.ts'

/** A page has a hundred. */
const MOST_PAGES = 20

/**
 * Where the account of a token has installed the app, from all pages. Undefined for a provider without installations,
 * and when it does not answer with a list: of an OAuth App GitHub says 403.
 * https://docs.github.com/rest/apps/installations#list-app-installations-accessible-to-the-user-access-token
 */
export const installations = async (
  outbound: Outbound,
  { settings }: Provider,
  accessToken: string,
): Promise<readonly Installation[] | undefined> => {
  const first = settings.installationsUrl
  if (first === undefined) return undefined
  const found: Installation[] = []
  let url: string | undefined = first
  try {
    for (let page = 0; url !== undefined && page < MOST_PAGES; page++) {
      const request = { method: 'GET', headers: headersWith(accessToken) }
      const response: Response = await call(outbound, url, request, limits.ordinary)
      const answer = readJson(await response.text())
      if (response.status !== 200 || !isMembers(answer)) return undefined
      found.push(...items(answer.installations).flatMap(readInstallation))
      url = nextPage(response.headers.get('link') ?? '', first)
    }
  } catch (error) {
    if (error instanceof UpstreamFailure) return undefined
    throw error
  }
  return found
}

const headersWith = (accessToken: string) => ({
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
  'user-agent': 'grantkeeper',
  authorization: `Bearer ${accessToken}`,
})

/** The next page (RFC 8288), if it is of the same list: the token goes nowhere else. */
const nextPage = (link: string, first: string): string | undefined => {
  const [, next] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link) ?? []
  if (next === undefined || !URL.canParse(next, first)) return undefined
  const [there, here] = [new URL(next, first), new URL(first)]
  return there.origin === here.origin && there.pathname === here.pathname ? there.href : undefined
}

const readInstallation = ({ id, account, html_url }: Members): Installation[] => {
  if (!isMembers(account)) return []
  const { login, name, avatar_url, html_url: profileUrl } = account
  return [
    {
      id,
      account: {
        id: account.id,
        login: text(login),
        name: text(name),
        picture: text(avatar_url),
        profileUrl: text(profileUrl),
      },
      settingsUrl: text(html_url),
    },
  ]
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
