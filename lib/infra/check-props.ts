import { RemovalPolicy, Token } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { operations } from '../contract/index.ts'
import { type GrantkeeperProps, logLevels, type Throttle } from './props.ts'

/** The name of the property, its value, whether that could work, and what would. */
type Row = readonly [name: string, value: unknown, isRight: (value: never) => boolean, right: string]

const HOST = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const KEY_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?($|\/)/
const URL_ONLY = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/

/** https, or http on this machine, with neither query nor credentials. */
const isUrl = (value: string): boolean =>
  URL_ONLY.test(value) && URL.canParse(value) && (value.startsWith('https:') || LOOPBACK.test(value))
/** Where a browser may be sent: with a query, but without a fragment, which would end up behind ours. */
const isEndUrl = (value: string): boolean => isUrl(value.replace(/\?[^\s#]*$/, ''))
const isBaseUrl = (value: string): boolean => value === '' || (isUrl(value) && !value.endsWith('/'))
const isOrigin = (value: string): boolean => isUrl(value) && new URL(value).origin === value && !value.includes('*')
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isHost = (value: string): boolean => /^([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:\d{1,5})?$/.test(value)
const isCount = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most
const isThrottle = (value: Throttle): boolean =>
  Number.isFinite(value?.ratePerSecond) && value.ratePerSecond > 0 && isCount(value.burst, 1, Number.MAX_SAFE_INTEGER)
const isListOf =
  (isItem: (item: string) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) &&
    new Set(value).size === value.length &&
    value.every((item) => typeof item === 'string' && isItem(item))
const matches =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && pattern.test(value)

const isTableName = matches(/^[\w.-]{3,255}$/)
const operationIds = new Set(operations.map(({ id }) => id))

const rowsOf = (props: GrantkeeperProps): readonly Row[] => {
  const { domain } = props
  return [
    ['issuer', props.issuer ?? '', isUrl, 'an https URL without query, exactly as the iss of the JWTs says'],
    ['audience', props.audience ?? '', isText, 'what the aud of the JWTs must hold'],
    ['orgClaim', props.orgClaim, isText, 'the name of a claim'],
    ['rolesClaim', props.rolesClaim, isText, 'the name of a claim'],
    ['publicBaseUrl', props.publicBaseUrl, isBaseUrl, 'an https URL without query and trailing slash'],
    ['successUrl', props.successUrl, isEndUrl, 'an https URL without fragment'],
    ['errorUrl', props.errorUrl, isEndUrl, 'an https URL without fragment'],
    [
      'domain.name',
      domain && (domain.name ?? ''),
      matches(HOST),
      'a host name in lower case, such as connect.example.com',
    ],
    [
      'domain.certificateArn',
      domain && (domain.certificateArn ?? ''),
      matches(/^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/),
      'the ARN of an ACM certificate in the region of the stack',
    ],
    ['domain.hostedZone.id', domain?.hostedZone?.id, matches(/^Z[A-Z0-9]+$/), 'the id of a Route 53 hosted zone'],
    [
      'domain.hostedZone.name',
      domain?.hostedZone && (domain.hostedZone.name ?? ''),
      (zone: string) => `.${domain?.name}`.endsWith(`.${zone}`),
      'the domain name of a zone that domain.name is in',
    ],
    [
      'allowedOrigins',
      props.allowedOrigins,
      isListOf(isOrigin),
      'a list of different origins such as https://app.example.com: scheme and host, no path, never *',
    ],
    ['privateHosts', props.privateHosts, isListOf(isHost), 'a list of different host names, without scheme and path'],
    [
      'keyArn',
      props.keyArn,
      matches(/^arn:[\w-]+:kms:[\w-]+:\d{12}:(key\/[\w-]+|alias\/[\w/-]+)$/),
      'the ARN of a KMS key, or of its alias',
    ],
    [
      'previousKeyArns',
      props.previousKeyArns,
      isListOf((arn) => KEY_ARN.test(arn) && arn !== props.keyArn),
      'a list of ARNs of KMS keys, no aliases, without keyArn itself',
    ],
    [
      'dataKeyRotationDays',
      props.dataKeyRotationDays,
      (value) => isCount(value, 0, 3650),
      'a whole number of days, from 1 to 3650, or 0 for never',
    ],
    [
      'dataKeyCacheSeconds',
      props.dataKeyCacheSeconds,
      (value) => isCount(value, 0, 86_400),
      'a whole number of seconds, from 0 to 86400',
    ],
    [
      'userConnectionsSource',
      props.userConnectionsSource,
      (value) => value === 'object' || value === 'id',
      'object or id',
    ],
    ['throttle', props.throttle, isThrottle, 'a ratePerSecond above 0 and a whole burst of 1 or more'],
    [
      'operationThrottles',
      props.operationThrottles,
      (throttles: Record<string, Throttle> | null) =>
        Object.prototype.toString.call(throttles) === '[object Object]' &&
        Object.entries(throttles ?? {}).every(([id, throttle]) => operationIds.has(id) && isThrottle(throttle)),
      'ids of operations, each with a ratePerSecond above 0 and a whole burst of 1 or more',
    ],
    [
      'logRetention',
      props.logRetention,
      (value) => typeof value === 'number' && RetentionDays[value] !== undefined,
      'a number of days that CloudWatch Logs knows, such as 30, 90 or 365',
    ],
    ['logLevel', props.logLevel, (value) => logLevels.includes(value), `one of ${logLevels.join(', ')}`],
    ['accessLog', props.accessLog, isFlag, 'true or false'],
    ['auditInTable', props.auditInTable, (value) => isCount(value, 1, 3650), 'a whole number of days, from 1 to 3650'],
    ['tracing', props.tracing, isFlag, 'true or false'],
    [
      'webAclArn',
      props.webAclArn,
      matches(/^arn:[\w-]+:wafv2:[\w-]+:\d{12}:regional\/webacl\/[^/]+\/[\w-]+$/),
      'the ARN of a regional web ACL',
    ],
    [
      'removalPolicy',
      props.removalPolicy,
      (value) => value === RemovalPolicy.RETAIN || value === RemovalPolicy.DESTROY,
      'RETAIN or DESTROY',
    ],
    ['deletionProtection', props.deletionProtection, isFlag, 'true or false'],
    ['tableName', props.tableName, isTableName, 'a table name: 3 to 255 of A-Z a-z 0-9 _ . -'],
    ['existingTableName', props.existingTableName, isTableName, 'a table name: 3 to 255 of A-Z a-z 0-9 _ . -'],
  ]
}

/** Of these, one at most: the second would have no effect. */
const exclusive: readonly (readonly [keyof GrantkeeperProps, keyof GrantkeeperProps])[] = [
  ['publicBaseUrl', 'domain'],
  ['tableName', 'existingTableName'],
]

/** What ends up in the environments of functions, for which Lambda has 4 KB. The rest of it takes less than one. */
const inEnvironments = ['allowedOrigins', 'privateHosts', 'successUrl', 'errorUrl'] as const
const MOST_CHARACTERS = 3000

/** Throws TypeError, naming the property, for values that could not work, as far as they are known before deployment. */
export const checkProps = (props: GrantkeeperProps): void => {
  for (const [name, value, isRight, right] of rowsOf(props)) {
    if (value === undefined || Token.isUnresolved(value)) continue
    if (!isRight(value as never)) throw new TypeError(`${name} must be ${right}; it is ${JSON.stringify(value)}`)
  }
  for (const pair of exclusive) {
    // What is known only at deployment may turn out to be empty.
    if (pair.every((name) => props[name] && !Token.isUnresolved(props[name]))) {
      throw new TypeError(`${pair.join(' and ')} exclude each other: give one of them`)
    }
  }
  const characters = inEnvironments.reduce((sum, name) => sum + String(props[name] ?? '').length, 0)
  if (characters > MOST_CHARACTERS) {
    throw new TypeError(
      `allowedOrigins, privateHosts, successUrl and errorUrl must have at most ${MOST_CHARACTERS} characters together; ` +
        `they have ${characters}`,
    )
  }
}
