import { Token } from 'aws-cdk-lib'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { ITopic } from 'aws-cdk-lib/aws-sns'

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
   * Where clients reach the API, without a trailing slash: needed with a domain name of its own.
   * Left out, or empty at deployment, it is the URL that API Gateway gives.
   */
  readonly publicBaseUrl?: string
  /**
   * Where browsers go when an account was connected (with `?connection=`), or was not (with `?error=`); Grantkeeper's own
   * pages unless given, or where it is empty at deployment. A `returnTo` of the flow goes before.
   */
  readonly successUrl?: string
  readonly errorUrl?: string
  /** Hosts that OAuth requests may go to though their addresses are private. */
  readonly privateHosts?: readonly string[]
  /**
   * How long an execution environment keeps an unwrapped data key, 900 seconds unless given, 0 for not at all.
   * A KMS right that is withdrawn takes as long to bite.
   */
  readonly dataKeyCacheSeconds?: number
  /** Requests per second, and at once; 1000 and 2000 unless given. What is beyond is answered 429. */
  readonly throttle?: { readonly ratePerSecond: number; readonly burst: number }
  /** How long logs, the audit lines among them, are kept; three months unless given. */
  readonly logRetention?: RetentionDays
  /** A name for the table; AWS makes one up unless given, so that several deployments fit into one account. */
  readonly tableName?: string
  /** Told when a message ends as a dead letter. */
  readonly alarmTopic?: ITopic
  /** The folder of the built handlers; `dist/handlers` of this package unless given. */
  readonly handlersPath?: string
}

/** URLs of this machine, which need no TLS. */
export const LOOPBACK = 'http://(127\\.0\\.0\\.1|localhost|\\[::1\\])(:\\d+)?'

/** Where a browser may be sent: https, or this machine; or empty. */
export const END_URL_PATTERN = `^((https://[^\\s/?#@]+|${LOOPBACK})([/?][^\\s#]*)?)?$`
const END_URL = new RegExp(END_URL_PATTERN)

/** Throws TypeError for values that could not work, as far as they are known before the deployment. */
export const checkProps = (props: GrantkeeperProps): void => {
  const { issuer, publicBaseUrl = '', dataKeyCacheSeconds = 0 } = props
  if (!Token.isUnresolved(issuer) && !URL.canParse(issuer)) throw new TypeError('issuer must be a URL')
  if (!Token.isUnresolved(publicBaseUrl) && !/^$|^https?:\/\/\S*[^/\s]$/.test(publicBaseUrl)) {
    throw new TypeError('publicBaseUrl must be a URL without a trailing slash')
  }
  for (const name of ['successUrl', 'errorUrl'] as const) {
    const url = props[name] ?? ''
    if (!Token.isUnresolved(url) && !END_URL.test(url))
      throw new TypeError(`${name} must be an https URL without fragment`)
  }
  if (!Number.isInteger(dataKeyCacheSeconds) || dataKeyCacheSeconds < 0) {
    throw new TypeError('dataKeyCacheSeconds must be a whole number of seconds')
  }
}
