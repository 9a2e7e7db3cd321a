/** What the environment of a function says, read in one place. Every value comes from the template, or is local. */
const read = (name: string): string | undefined => process.env[name] || undefined

const need = (name: string): string => {
  const value = read(name)
  if (value === undefined) throw new Error(`The environment variable ${name} is missing`)
  return value
}

const isLoopback = (url: string): boolean =>
  URL.canParse(url) && /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/.test(new URL(url).hostname)

const list = (name: string): readonly string[] => read(name)?.split(',').filter(Boolean) ?? []

/** What is no number would count as none at all, and say nothing of it. */
const wholeNumber = (name: string, otherwise: number, of: string): number => {
  const text = read(name) ?? String(otherwise)
  if (!/^\d{1,9}$/.test(text)) throw new Error(`The environment variable ${name} must be a whole number of ${of}`)
  return Number(text)
}

/** The endpoint of an AWS service in local mode; undefined on AWS. Throws for anything but this machine. */
const localEndpoint = (name: string): string | undefined => {
  const url = read(name)
  if (url === undefined) return undefined
  if (!isLocal()) throw new Error(`${name} is for local mode only`)
  if (!isLoopback(url)) throw new Error(`${name} must be an address of this machine`)
  return url
}

/** Whether this is the local stack. Inside Lambda that is refused: nothing local may be reachable there. */
export const isLocal = (): boolean => {
  const local = read('GRANTKEEPER_LOCAL') === '1'
  if (local && read('AWS_LAMBDA_RUNTIME_API') !== undefined) throw new Error('Local mode cannot run inside Lambda')
  return local
}

export const configuration = {
  tableName: () => need('TABLE_NAME'),
  keyArn: () => need('KEY_ARN'),
  /** KMS keys that have wrapped data keys before that one. */
  previousKeyArns: () => list('PREVIOUS_KEY_ARNS'),
  queueUrl: (queue: 'jobs' | 'chunks') => need(queue === 'jobs' ? 'JOBS_QUEUE_URL' : 'CHUNKS_QUEUE_URL'),
  /** Where the API is reached, without a trailing slash. */
  publicBaseUrl: () => need('PUBLIC_BASE_URL'),
  /** Where browsers go when an account was connected, or was not; our own pages where there is none. */
  successUrl: () => read('SUCCESS_URL'),
  errorUrl: () => read('ERROR_URL'),
  /** Origins whose pages may read answers. */
  allowedOrigins: () => list('ALLOWED_ORIGINS'),
  /** Hosts that may be reached though they are private. */
  privateHosts: () => list('PRIVATE_HOSTS'),
  /** Whether providers beyond this machine may be called: always on AWS, on request in the local stack. */
  internet: () => !isLocal() || read('INTERNET') === '1',
  /** How long an unwrapped data key is kept. */
  dataKeyCacheSeconds: () => wholeNumber('DATA_KEY_CACHE_SECONDS', 900, 'seconds'),
  /** How old the newest data key may get; 0 for any age. */
  dataKeyRotationDays: () => wholeNumber('DATA_KEY_ROTATION_DAYS', 0, 'days'),
  /** What `source` of a user connection is. */
  userConnectionsSource: () => (read('USER_CONNECTIONS_SOURCE') === 'id' ? 'id' : 'object'),
  issuer: () => need('ISSUER'),
  audience: () => need('AUDIENCE'),
  orgClaim: () => read('ORG_CLAIM') ?? 'org_id',
  rolesClaim: () => read('ROLES_CLAIM') ?? 'roles',
  /** Under which name this deployment keeps its metrics. */
  deployment: () => read('DEPLOYMENT'),
  /** How long copies of audit records are kept in the table; undefined for none. */
  auditDays: () => (read('AUDIT_DAYS') === undefined ? undefined : wholeNumber('AUDIT_DAYS', 0, 'days')),
  /** Where audit lines go besides standard output; only the local stack sets it. */
  auditFile: () => read('AUDIT_FILE'),
  /** Where the local stack plays the named providers. */
  standInUrl: () => localEndpoint('STAND_IN_URL'),
  dynamodbEndpoint: () => localEndpoint('DYNAMODB_ENDPOINT'),
  sqsEndpoint: () => localEndpoint('SQS_ENDPOINT'),
  kmsEndpoint: () => localEndpoint('KMS_ENDPOINT'),
} as const
