import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ASSEMBLY, isBuilt } from '../../lib/build/assembly.ts'
import { type LocalGrantkeeper, type LocalOptions, startGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { type KeptStack, keepStack } from './kept-stack.ts'

/** A stack, and the folder of its data. */
export type TestGrantkeeper = LocalGrantkeeper & { readonly dataDir: string }

let kept: Promise<KeptStack> | undefined

/**
 * A stack in which nothing has happened yet, with its rules not firing unless told. Without options it is the one that
 * this worker's suites use in turn: its functions are warm. With options, or while that one is lent, it is a new one on a
 * folder of its own. `close` leaves nothing behind.
 */
export const aGrantkeeper = async (options: Partial<LocalOptions> = {}): Promise<TestGrantkeeper> => {
  if (!isBuilt()) throw new Error('The handlers are not built from these sources: run npm run build (npm test does)')
  if (Object.keys(options).length > 0) return aNewGrantkeeper(options)
  kept ??= keepStack()
  const stack = await kept
  return stack.isLent ? aNewGrantkeeper(options) : stack.lend()
}

const aNewGrantkeeper = async (options: Partial<LocalOptions>): Promise<TestGrantkeeper> => {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'grantkeeper-test-'))
  const grantkeeper = await startGrantkeeper({
    assembly: ASSEMBLY,
    dataDir,
    port: 0,
    environments: 4,
    environmentKind: 'thread',
    schedules: false,
    ...options,
  })
  return {
    ...grantkeeper,
    dataDir,
    close: async () => {
      await grantkeeper.close()
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member, which is the test
export type Json = any

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed; undefined when it is not JSON. */
  readonly body: Json
}

/** One caller of the API. */
export interface Caller {
  readonly token: string
  readonly userId: string
  /** A request to a path below `/api/v2/externalOAuth`, or to any path that begins with `//`, from the root. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  patch(path: string, body: unknown): Promise<Answer>
  delete(path: string): Promise<Answer>
}

export interface Who {
  readonly user?: string
  readonly org?: string
  readonly roles?: string[]
  readonly headers?: Record<string, string>
}

/** A caller with a token of the stack's own issuer: by default user `grace` of `acme`, without a role. */
export const aCaller = async ({ url, identity }: LocalGrantkeeper, who: Who = {}): Promise<Caller> => {
  const { user = 'grace', org = 'acme', roles = [], headers: always = {} } = who
  const token = await identity.token({ user, org, roles })
  const request: Caller['request'] = async (method, path, body, headers = {}) => {
    const response = await fetch(path.startsWith('//') ? url + path.slice(1) : `${url}/api/v2/externalOAuth${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...always,
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(40_000),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: parse(text) }
  }
  return {
    token,
    userId: user,
    request,
    get: (path) => request('GET', path),
    post: (path, body) => request('POST', path, body),
    patch: (path, body) => request('PATCH', path, body),
    delete: (path) => request('DELETE', path),
  }
}

export const anAdmin = (grantkeeper: LocalGrantkeeper, who: Who = {}): Promise<Caller> =>
  aCaller(grantkeeper, { user: 'ada', ...who, roles: ['admin'] })

const parse = (text: string): Json => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Registers the demo upstream; answers the provider. */
export const aProvider = async (
  grantkeeper: LocalGrantkeeper,
  overrides: Record<string, unknown> = {},
  who: Who = {},
): Promise<Json> => {
  const admin = await anAdmin(grantkeeper, who)
  const { upstream } = grantkeeper
  const answer = await admin.post('/providers/', {
    type: 'oidc',
    name: 'Demo',
    issuer: upstream.issuer,
    ...upstream.client,
    revocationScope: 'token',
    ...overrides,
  })
  if (answer.status !== 201) throw new Error(`The provider was not registered: ${answer.status} ${answer.text}`)
  return answer.body
}

/** Begins a flow and consents; answers the body for the callback. */
export const aRedirect = async (caller: Caller, providerId: string, account = 'grace.hopper'): Promise<Json> => {
  const started = await caller.post(`/providers/${providerId}/authorize/`)
  if (started.status !== 200) throw new Error(`The flow did not begin: ${started.status} ${started.text}`)
  const redirect = await consent(started.body.redirectUrl, { account })
  return {
    providerId,
    state: redirect.searchParams.get('state'),
    code: redirect.searchParams.get('code'),
    iss: redirect.searchParams.get('iss'),
  }
}

/** Connects an account by a real consent; answers the grant. */
export const aGrant = async (caller: Caller, providerId: string, account?: string): Promise<Json> => {
  const answer = await caller.post('/providers/callback/', await aRedirect(caller, providerId, account))
  if (answer.status !== 200) throw new Error(`The account was not connected: ${answer.status} ${answer.text}`)
  return answer.body.authorizedProvider
}
