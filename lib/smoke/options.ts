import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

export interface SmokeOptions {
  /** Where the paths of the contract begin, without a trailing slash. */
  readonly base: string
  readonly token: string
  readonly write: boolean
  /** An origin that must be allowed; without one none may be. */
  readonly origin?: string
  /** What the provider of a writing run is, besides its name and slug. */
  readonly provider: Readonly<Record<string, unknown>>
  readonly timeoutSeconds: number
  readonly jobWaitSeconds: number
}

/** The command was not given right; the message says which flag, and what would be right. */
export class UsageError extends Error {}

const flags = {
  url: { type: 'string' },
  token: { type: 'string' },
  write: { type: 'boolean', default: false },
  origin: { type: 'string' },
  issuer: { type: 'string' },
  provider: { type: 'string' },
  timeout: { type: 'string', default: '35' },
  'job-wait': { type: 'string', default: '120' },
  help: { type: 'boolean', default: false },
} as const

const SURFACE = /\/api\/v2\/externalOAuth$/
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/** Reads command line and environment; undefined when only help is wanted. Throws `UsageError`. */
export const readOptions = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SmokeOptions | undefined => {
  const values = parsed(args)
  if (values.help) return undefined
  const base = baseOf(values.url)
  const isHere = LOOPBACK.includes(new URL(base).hostname)
  return {
    base,
    token: tokenOf(values.token, env.GRANTKEEPER_TOKEN),
    write: values.write,
    ...(values.origin !== undefined && { origin: originOf(values.origin) }),
    provider: providerOf(values.issuer, values.provider, isHere),
    timeoutSeconds: seconds('--timeout', values.timeout),
    jobWaitSeconds: seconds('--job-wait', values['job-wait']),
  }
}

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: flags }).values
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // It could be the token, which must not be printed.
    if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') throw new UsageError('every argument must follow its flag')
    throw new UsageError(message.split(/[.\n]/, 1)[0])
  }
}

const urlOf = (flag: string, text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new UsageError(`${flag} must be an absolute https URL`)
  if (url.username || url.password) throw new UsageError(`${flag} must hold no user name or password`)
  if (url.search || url.hash) throw new UsageError(`${flag} must have no query and no fragment`)
  return url
}

const baseOf = (text?: string): string => {
  if (text === undefined) throw new UsageError('--url is missing: where clients reach the API')
  const url = urlOf('--url', text)
  if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname)) {
    throw new UsageError('--url must be https, but on this machine: the token would go over the wire in clear')
  }
  return url.href.replace(/\/+$/, '').replace(SURFACE, '')
}

const tokenOf = (flag: string | undefined, variable: string | undefined): string => {
  const token = flag ?? variable
  if (!token) throw new UsageError('--token is missing, and GRANTKEEPER_TOKEN is not set')
  const name = flag === undefined ? 'GRANTKEEPER_TOKEN' : '--token'
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    throw new UsageError(`${name} must be a JWT and nothing else: three parts of A-Z a-z 0-9 _ - with dots between`)
  }
  return token
}

const originOf = (text: string): string => {
  if (!URL.canParse(text) || new URL(text).origin !== text) {
    throw new UsageError('--origin must be an origin such as https://app.example.com, without a path or last slash')
  }
  return text
}

const providerOf = (issuer: string | undefined, file: string | undefined, isHere: boolean) => {
  if (issuer !== undefined && file !== undefined) {
    throw new UsageError('--issuer and --provider cannot be given both: a provider file names its issuer itself')
  }
  if (issuer !== undefined) {
    urlOf('--issuer', issuer)
    return { type: 'oidc', issuer }
  }
  // Of the named types nothing is asked at the registration, so that no account is needed anywhere.
  if (file !== undefined) return readProvider(file)
  return isHere ? { type: 'test', metadata: { plays: 'github' } } : { type: 'github' }
}

const readProvider = (file: string): Record<string, unknown> => {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const why =
      error instanceof SyntaxError ? 'it is no JSON' : `it cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw new UsageError(`--provider must name a JSON file, and of ${file} ${why}`)
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content) || !('type' in content)) {
    throw new UsageError(`--provider must name a file with a JSON object that has a type, and ${file} has none`)
  }
  return { ...content }
}

const seconds = (flag: string, text: string): number => {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (!(value >= 1 && value <= 3600)) throw new UsageError(`${flag} must be a whole number of seconds from 1 to 3600`)
  return value
}
