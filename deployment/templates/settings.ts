import type { Setting } from '../../lib/infra/context.ts'
import { CONTEXT_PREFIX } from '../../lib/infra/context-prefix.ts'

/** Settings as the CDK context has them. */
type Context = Readonly<Record<string, unknown>>

/** The name of the stack without settings. */
export const NONE = 'none'

const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:111122223333:${resource}`
const key = (digit: number): string => arn('kms', `key/${digit}2345678-1234-1234-1234-123456789012`)
const domain = {
  name: 'connect.example.com',
  certificateArn: arn('acm', 'certificate/12345678-1234-1234-1234-123456789012'),
}

/** What each setting may be: every value that makes a template of another kind. */
const values: Readonly<Record<Setting, readonly [unknown, ...unknown[]]>> = {
  domain: [domain, { ...domain, hostedZone: { id: 'Z0123456789ABC', name: 'example.com' } }],
  allowedOrigins: [
    ['https://app.example.com'],
    ['https://app.example.com', 'https://admin.example.com', 'https://docs.example.com'],
  ],
  privateHosts: [['gitlab.corp.example.com', 'sso.corp.example.com']],
  successUrl: ['https://app.example.com/connected'],
  errorUrl: ['https://app.example.com/not-connected'],
  keyArn: [key(1), arn('kms', 'alias/tokens')],
  previousKeyArns: [[key(2)], [key(2), key(3)]],
  dataKeyRotationDays: [30],
  dataKeyCacheSeconds: [0],
  throttle: [{ ratePerSecond: 200, burst: 400 }],
  operationThrottles: [{ acquireAccessToken: { ratePerSecond: 50, burst: 100 } }],
  logRetention: [365],
  logLevel: ['DEBUG'],
  accessLog: [true],
  auditInTable: [90],
  tracing: [true],
  alarmTopic: [arn('sns', 'alarms')],
  webAclArn: [arn('wafv2', 'regional/webacl/front/12345678-1234-1234-1234-123456789012')],
  removalPolicy: ['DESTROY'],
  deletionProtection: [false],
  userConnectionsSource: ['id'],
  tableName: ['grantkeeper'],
  existingTableName: ['grantkeeper-restored'],
}

const rows = Object.entries(values) as [Setting, readonly unknown[]][]

const alone = rows.flatMap(([setting, [...ofSetting]]) =>
  ofSetting.map((value, index): [string, Context] => [
    index === 0 ? setting : `${setting}-${index + 1}`,
    { [CONTEXT_PREFIX + setting]: value },
  ]),
)

const allBut = (...left: readonly Setting[]): Context =>
  Object.fromEntries(
    rows.filter(([setting]) => !left.includes(setting)).map(([setting, of]) => [CONTEXT_PREFIX + setting, of.at(-1)]),
  )

/** No setting, each alone, and as many as go together: on what is somebody else's, and on what is our own. */
export const settings: Readonly<Record<string, Context>> = {
  [NONE]: {},
  ...Object.fromEntries(alone),
  'all-with-given-table-and-key': allBut('tableName'),
  'all-with-own-table-and-key': allBut('existingTableName', 'keyArn', 'removalPolicy'),
}
