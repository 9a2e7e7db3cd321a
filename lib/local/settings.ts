import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** What the environment says about the local stack. */
export interface LocalSettings {
  readonly port: number
  readonly dataDir: string
  readonly environments: number
  readonly environmentKind: 'thread' | 'process'
  /** Whether providers beyond this machine may be called. */
  readonly internet: boolean
  /** Whose JWTs callers hold; those of the demo issuer when it is left out. */
  readonly issuer?: OwnIssuer
  /** Where browsers reach the API, without a trailing slash; at its own address when it is left out. */
  readonly publicBaseUrl?: string
  /** Settings of the deployment, each as `grantkeeper:<property>=<value>`, as `cdk deploy -c` takes them. */
  readonly given: readonly string[]
  readonly endpoints: {
    readonly dynamodb: string | undefined
    readonly sqs: string | undefined
    readonly kms: string | undefined
  }
}

/** An OpenID Connect issuer of one's own. */
export interface OwnIssuer {
  /** Exactly as the `iss` of its JWTs says. */
  readonly issuer: string
  readonly audience: string
  readonly orgClaim: string
  readonly rolesClaim: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the settings of an environment and a command line.
 * Throws one line that names the variable or the option, and what would be right.
 */
export const readSettings = (env: Environment, args: readonly string[] = []): LocalSettings => {
  const { values } = parseArgs({
    args: [...args],
    options: { internet: { type: 'boolean' }, context: { type: 'string', short: 'c', multiple: true } },
  })
  if (env.AWS_LAMBDA_RUNTIME_API) throw new Error('The local stack does not run inside Lambda')
  const issuer = ownIssuer(env)
  const publicBaseUrl = baseUrl(env, issuer)
  return {
    internet: values.internet === true || flag(env, 'INTERNET'),
    ...(issuer && { issuer }),
    ...(publicBaseUrl !== undefined && { publicBaseUrl }),
    given: values.context ?? [],
    port: wholeNumber(env, 'PORT', 8080, 0, 65_535),
    dataDir: resolve(env.DATA_DIR || '.local'),
    environments: wholeNumber(env, 'ENVIRONMENTS', 4, 1, 256),
    environmentKind: kind(env.ENVIRONMENT_KIND || 'thread'),
    endpoints: {
      dynamodb: env.DYNAMODB_ENDPOINT || undefined,
      sqs: env.SQS_ENDPOINT || undefined,
      kms: env.KMS_ENDPOINT || undefined,
    },
  }
}

/** As the template's parameters take them. */
const LOOPBACK = /^(127\.0\.0\.1|\[::1\]|localhost)$/

/** https, or http on this machine, with neither query nor credentials. */
const isUrl = (text: string): boolean => {
  const url = URL.parse(text)
  if (!url || url.username || url.password || /[\s?#]/.test(text)) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
}

const ownIssuer = (env: Environment): OwnIssuer | undefined => {
  const { ISSUER: issuer, AUDIENCE: audience } = env
  if (!issuer) {
    const alone = ['AUDIENCE', 'ORG_CLAIM', 'ROLES_CLAIM'].find((name) => env[name])
    if (alone !== undefined) throw new Error(`${alone} is about an issuer of your own: set ISSUER as well`)
    return undefined
  }
  if (!isUrl(issuer)) throw new Error(`ISSUER must be an https URL without query, not ${issuer}`)
  if (!audience) throw new Error('ISSUER needs AUDIENCE: what the aud of its JWTs holds')
  return { issuer, audience, orgClaim: env.ORG_CLAIM || 'org_id', rolesClaim: env.ROLES_CLAIM || 'roles' }
}

/** Beyond this machine nobody may come in by tokens that everybody on it can mint. */
const baseUrl = (env: Environment, issuer: OwnIssuer | undefined): string | undefined => {
  const url = env.PUBLIC_BASE_URL
  if (!url) return undefined
  if (!isUrl(url) || url.endsWith('/')) {
    throw new Error(`PUBLIC_BASE_URL must be an https URL without query and trailing slash, not ${url}`)
  }
  if (!LOOPBACK.test(new URL(url).hostname) && !issuer) {
    throw new Error('PUBLIC_BASE_URL beyond this machine needs ISSUER and AUDIENCE: an issuer of your own')
  }
  return url
}

const flag = (env: Environment, name: string): boolean => {
  const text = env[name] || '0'
  if (text === '1' || text === '0') return text === '1'
  throw new Error(`${name} must be 1 or 0, not ${text}`)
}

const wholeNumber = (env: Environment, name: string, otherwise: number, min: number, max: number): number => {
  const text = env[name] || String(otherwise)
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max))
    throw new Error(`${name} must be a whole number from ${min} to ${max}, not ${text}`)
  return value
}

const kind = (text: string): 'thread' | 'process' => {
  if (text === 'thread' || text === 'process') return text
  throw new Error(`ENVIRONMENT_KIND must be thread or process, not ${text}`)
}
