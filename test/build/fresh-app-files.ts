import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/command.ts'

/** Two deployments in one account, and the stack as it comes; names all that the package exports. */
const app = `
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Topic } from 'aws-cdk-lib/aws-sns'
import {
  type Api, type CustomDomain, type Data, type DomainProps, Grantkeeper, type GrantkeeperProps, GrantkeeperStack,
  type GrantkeeperStackProps, type LogLevel, type Throttle, type WorkQueue,
} from 'grantkeeper'

const throttle: Throttle = { ratePerSecond: 200, burst: 400 }
const logLevel: LogLevel = 'WARN'
const domain: DomainProps = {
  name: 'connect.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d',
}
const props: GrantkeeperProps = {
  issuer: 'https://login.example.com',
  audience: 'grantkeeper',
  throttle,
  operationThrottles: { acquireAccessToken: throttle },
  allowedOrigins: ['https://app.example.com'],
  logLevel,
  logRetention: RetentionDays.ONE_YEAR,
  auditInTable: 30,
  tracing: true,
  removalPolicy: RemovalPolicy.DESTROY,
}
// @ts-expect-error an audience must be given
export const without: GrantkeeperProps = { issuer: 'https://login.example.com' }
// @ts-expect-error there is no such property
export const misspelt: GrantkeeperProps = { ...props, auditInTabel: 30 }

const app = new App()
const first = new Stack(app, 'First')
const second = new Stack(app, 'Second')
new Grantkeeper(second, 'Grantkeeper', props)
const made = new Grantkeeper(first, 'Grantkeeper', { ...props, domain, alarmTopic: new Topic(first, 'Alarms') })
const api: Api = made.api
const custom: CustomDomain | undefined = api.domain
const data: Data = made.data
const jobs: WorkQueue = made.queues.jobs
new CfnOutput(first, 'Url', { value: api.publicBaseUrl })
new CfnOutput(first, 'Target', { value: custom?.target ?? '' })
new CfnOutput(first, 'Table', { value: data.table.tableName })
new CfnOutput(first, 'Jobs', { value: jobs.queue.queueUrl })
const whole: GrantkeeperStackProps = { env: { account: '111122223333', region: 'eu-central-1' } }
new GrantkeeperStack(app, 'Whole', whole)
app.synth()
`

/** A CommonJS module, as apps of the CDK often are. Prints what each of the given props is answered. */
const wrong = `
import { App, Stack } from 'aws-cdk-lib'
import { Grantkeeper, type GrantkeeperProps } from 'grantkeeper'

for (const props of JSON.parse(process.argv[2] ?? '[]') as GrantkeeperProps[]) {
  try {
    new Grantkeeper(new Stack(new App({ autoSynth: false }), 'Stack'), 'Grantkeeper', props)
    console.log('nothing')
  } catch (error) {
    console.log(String(error))
  }
}
`

const [, readme = ''] = /^```ts\n((?:.*\n)+?)```$/m.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []

/** The files of a fresh app that uses the package. */
export const freshAppFiles: Readonly<Record<string, string>> = {
  'app.ts': app,
  'wrong.cts': wrong,
  'readme.ts': readme,
}

/** What `app.ts` is without the package: it takes the sources of this tree. */
export const fromSources = app.replace("'grantkeeper'\n", `'${join(root, 'lib/infra/index.ts')}'\n`)
