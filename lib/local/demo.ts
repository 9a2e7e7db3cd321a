import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalGrantkeeper } from './grantkeeper.ts'
import { consent } from './oauth/scripted-browser.ts'

type Json = Record<string, unknown>

/** So long the demo's access tokens live: long enough to be handed out, short enough to watch them expire. */
const TOKEN_SECONDS = 3
const JOB_SECONDS = 60

/**
 * The main job, step by step: register, connect, use, expire, refresh, read the profile, delete, and see that nothing is
 * left upstream. Every step is checked; the first that is not as it should be throws.
 */
export const play = async (
  { url, identity, upstream }: LocalGrantkeeper,
  say: (line: string) => void,
): Promise<void> => {
  const api = `${url}/api/v2/externalOAuth`
  const admin = await identity.token({ user: 'ada', org: 'acme', roles: ['admin'] })
  const user = await identity.token({ user: 'grace', org: 'acme' })
  const ask = async (token: string, method: string, path: string, status: number, body?: Json): Promise<Json> => {
    const response = await fetch(path.startsWith('http') ? path : api + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status !== status)
      throw new Error(`${method} ${path} answered ${response.status}, not ${status}: ${text}`)
    return text === '' ? {} : (JSON.parse(text) as Json)
  }
  const step = (line: string): void => say(`\n# ${line}`)
  const check = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`It does not hold that ${what}`)
    say(`  ok: ${what}`)
  }

  upstream.control.setBehaviour({ accessTokenSeconds: TOKEN_SECONDS })

  step('An admin registers the demo provider')
  const provider = await ask(admin, 'POST', '/providers/', 201, {
    type: 'oidc',
    name: 'Demo',
    issuer: upstream.issuer,
    ...upstream.client,
  })
  say(`  provider ${provider.id}, its redirect URI is ${provider.callbackUrl}`)

  step('A user connects an account, by a consent on the OAuth server itself')
  const { redirectUrl, state } = await ask(user, 'POST', `/providers/${provider.id}/authorize/`, 200)
  const redirect = await consent(String(redirectUrl), { account: 'grace.hopper' })
  check(redirect.searchParams.get('state') === state, 'the provider sends the browser back with the same state')
  const { authorizedProvider, userInfo } = await ask(user, 'POST', '/providers/callback/', 200, {
    providerId: provider.id,
    state,
    code: redirect.searchParams.get('code'),
    iss: redirect.searchParams.get('iss'),
  })
  const grant = `/authorizedProviders/${(authorizedProvider as Json).id}`
  check((userInfo as Json).sub === 'grace.hopper', 'the account is the one that consented')

  step('An application gets an access token')
  const first = await ask(user, 'POST', `${grant}/accessToken/`, 201)
  say(`  a token of ${String(first.accessToken).length} characters, good until ${first.expiresAt}`)

  step(`The token expires after ${TOKEN_SECONDS} s and is refreshed`)
  await sleep(TOKEN_SECONDS * 1000 + 200)
  upstream.control.clearRequests()
  const second = await ask(user, 'POST', `${grant}/accessToken/`, 201)
  check(second.accessToken !== first.accessToken, 'the application gets another token')
  const refreshes = upstream.control.requests().filter(({ grantType }) => grantType === 'refresh_token')
  check(refreshes.length === 1, 'the provider was asked once')

  step('The profile is read')
  const profile = await ask(user, 'GET', `${grant}/userinfo/`, 200)
  say(`  ${profile.name} <${profile.email}>`)

  step('The provider is deleted, and the job is watched')
  const { location } = await ask(admin, 'DELETE', `/providers/${provider.id}/`, 202)
  const job = await watch(() => ask(admin, 'GET', String(location), 200), say)
  check(job.status === 'COMPLETED', 'the job is completed')
  for (const { name, value } of job.details as { name: string; value: string }[]) say(`  ${name}: ${value}`)

  step('Nothing is left')
  await ask(admin, 'GET', `/providers/${provider.id}/`, 404)
  check((await upstream.control.liveGrants()).length === 0, 'no grant lives at the provider')
}

const watch = async (look: () => Promise<Json>, say: (line: string) => void): Promise<Json> => {
  let seen: unknown
  for (let tries = 0; tries < JOB_SECONDS * 4; tries++) {
    const job = await look()
    if (job.status !== seen) say(`  ${job.status}`)
    seen = job.status
    if (seen === 'COMPLETED' || seen === 'ERROR') return job
    await sleep(250)
  }
  throw new Error(`The job did not finish in ${JOB_SECONDS} s`)
}
