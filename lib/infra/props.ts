import type { RemovalPolicy } from 'aws-cdk-lib'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { DomainProps } from './custom-domain.ts'

/** Requests per second, and at once. What is beyond is answered 429. */
export type Throttle = { readonly ratePerSecond: number; readonly burst: number }

export const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const
export type LogLevel = (typeof logLevels)[number]

/** What varies between deployments. Texts may be tokens, such as the value of a CloudFormation parameter. */
export interface GrantkeeperProps {
  /** The issuer of the organization's JWTs, exactly as their `iss` says. */
  readonly issuer: string
  /** What their `aud` must hold. */
  readonly audience: string
  /** The claim with the organization's id; `org_id` unless given. */
  readonly orgClaim?: string
  /** The claim with the caller's roles; `roles` unless given. */
  readonly rolesClaim?: string
  /**
   * Where clients reach the API, without a trailing slash: for a domain name that is set up elsewhere.
   * Left out, or empty at deployment, it is `domain`, else the URL that API Gateway gives.
   */
  readonly publicBaseUrl?: string
  /**
   * Where browsers go when an account was connected (with `?connection=`), or was not (with `?error=`); Grantkeeper's own
   * pages unless given. A `returnTo` of the flow goes before.
   */
  readonly successUrl?: string
  readonly errorUrl?: string
  /** A domain name of the API's own. The URL that API Gateway gives is then switched off. */
  readonly domain?: DomainProps
  /** Origins whose pages may call the API from a browser, such as `https://app.example.com`; none unless given. */
  readonly allowedOrigins?: readonly string[]
  /** Hosts that OAuth requests may go to though their addresses are private. */
  readonly privateHosts?: readonly string[]
  /**
   * ARN of a symmetric KMS key, or of its alias, to wrap data keys by; a key of our own unless given. Its policy must
   * let IAM decide (the account's root as principal). To exchange it, name the one before in `previousKeyArns`.
   */
  readonly keyArn?: string
  /**
   * ARNs of the KMS keys that have wrapped data keys before: those still open, and are wrapped anew within some hours. A key
   * may be left out, and deleted, once no data key names it any more.
   */
  readonly previousKeyArns?: readonly string[]
  /**
   * How old the newest data keys of an organization may get before new ones are made and all that it keeps is sealed anew;
   * 365 days unless given, 0 for any age.
   */
  readonly dataKeyRotationDays?: number
  /**
   * How long an execution environment keeps an unwrapped data key, 900 seconds unless given, 0 for not at all.
   * A KMS right that is withdrawn takes as long to bite.
   */
  readonly dataKeyCacheSeconds?: number
  /**
   * What `source` of a user connection is: the `object` of the original API, unless given, or the `id` that SDKs of today
   * want. `source_obj` is the object in either case.
   */
  readonly userConnectionsSource?: 'object' | 'id'
  /** For all operations together; 1000 a second and 1000 at once unless given. */
  readonly throttle?: Throttle
  /** For single operations, by their id: `{ acquireAccessToken: { ratePerSecond: 50, burst: 100 } }`. */
  readonly operationThrottles?: Readonly<Record<string, Throttle>>
  /** How long logs, the audit lines among them, are kept; three months unless given. */
  readonly logRetention?: RetentionDays
  /** What the functions log, at least; `INFO` unless given. Audit lines and metrics are written at every level. */
  readonly logLevel?: LogLevel
  /**
   * Whether the stage logs every request, without its query; false unless given. API Gateway then needs a role for
   * CloudWatch Logs in the settings of the account and region, which are not ours to change.
   */
  readonly accessLog?: boolean
  /**
   * For how many days the table keeps copies of the audit lines, to be listed by admins; none unless given. A write more
   * for each line, and nothing secret leaves before it is done.
   */
  readonly auditInTable?: number
  /** Whether X-Ray traces requests; false unless given. */
  readonly tracing?: boolean
  /** Told of every alarm, and of what happens to the keys. Its policy must let CloudWatch and EventBridge publish. */
  readonly alarmTopic?: ITopic
  /** ARN of a regional web ACL (AWS WAF) to put before the API. */
  readonly webAclArn?: string
  /**
   * What becomes of table, key and logs when the stack goes; `RETAIN` unless given, or `DESTROY`. When the deployment that
   * makes them fails they go in any case.
   */
  readonly removalPolicy?: RemovalPolicy
  /**
   * Whether DynamoDB refuses to delete the table; unless given, where it is to be retained. CloudFormation cannot take back a
   * first deployment that fails while it does.
   */
  readonly deletionProtection?: boolean
  /** A name for the table; AWS makes one up unless given, so that several deployments fit into one account. */
  readonly tableName?: string
  /** A table that is there already, such as one restored from a backup, instead of one of our own. */
  readonly existingTableName?: string
  /** The folder of the built handlers; `dist/handlers` of this package unless given. */
  readonly handlersPath?: string
}
