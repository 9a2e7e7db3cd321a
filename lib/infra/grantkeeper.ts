import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Names, Stack } from 'aws-cdk-lib'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { QueueName } from '../contract/grant.ts'
import { workers } from '../contract/workers.ts'
import { acknowledge, acknowledgedRules } from './acknowledged.ts'
import { Alarms } from './alarms.ts'
import { Api } from './api.ts'
import { checkProps } from './check-props.ts'
import { Dashboard } from './dashboard.ts'
import { Data } from './data.ts'
import { KeyWatch } from './key-watch.ts'
import { addOutputs } from './outputs.ts'
import { setOwnFlags } from './own-flags.ts'
import type { GrantkeeperProps } from './props.ts'
import { WorkQueue } from './queues.ts'
import { policyOf } from './removal.ts'
import { Workers } from './workers.ts'

/**
 * Keeps OAuth grants for an organization: a REST API with one function per operation, one table, one KMS key, two
 * queues with their workers. Works in any account and region; several fit into one, each in a stack of its own.
 * Throws TypeError for props that could not work, and one clear line when the handlers are not built.
 */
export class Grantkeeper extends Construct {
  /** The REST API, and under which URL clients reach it. */
  readonly api: Api
  /** The table, and the key that seals what is secret in it. */
  readonly data: Data
  /** The queues of work, and their dead letters. */
  readonly queues: Readonly<Record<QueueName, WorkQueue>>

  constructor(scope: Construct, id: string, props: GrantkeeperProps) {
    super(scope, id)
    checkProps(props)
    if (isSecond(this)) throw new Error('Give each Grantkeeper a stack of its own: two do not fit into one')
    setOwnFlags(this)
    this.data = new Data(this, 'Data', props)
    this.queues = {
      jobs: new WorkQueue(this, 'Jobs', { workerSeconds: secondsOfWorker('jobs') }),
      chunks: new WorkQueue(this, 'Chunks', { workerSeconds: secondsOfWorker('chunks') }),
    }
    this.api = new Api(this, 'Api', props)
    const platform = {
      code: lambda.Code.fromAsset(builtHandlers(props.handlersPath)),
      data: this.data,
      queues: this.queues,
      publicBaseUrl: this.api.publicBaseUrl,
      allowedOrigins: props.allowedOrigins ?? [],
      privateHosts: props.privateHosts ?? [],
      dataKeyCacheSeconds: props.dataKeyCacheSeconds ?? 900,
      dataKeyRotationDays: props.dataKeyRotationDays ?? 365,
      logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      logLevel: props.logLevel ?? 'INFO',
      removalPolicy: policyOf(props),
      tracing: props.tracing ?? false,
      deployment: Names.uniqueResourceName(this, { separator: '-' }),
      auditDays: props.auditInTable,
    }
    this.api.serve(platform, props)
    const { sweep } = new Workers(this, 'Workers', platform).functions
    if (!sweep) throw new TypeError('There is no worker sweep')
    const watched = {
      deployment: platform.deployment,
      apiName: this.api.restApi.restApiName,
      tableName: this.data.table.tableName,
      queues: this.queues,
      sweep,
    }
    const { alarms } = new Alarms(this, 'Alarms', watched, props.alarmTopic)
    new Dashboard(this, 'Dashboard', watched, alarms)
    const watchedKeys = this.data.keyArns
    if (props.alarmTopic && watchedKeys.length > 0) new KeyWatch(this, 'KeyWatch', watchedKeys, props.alarmTopic)
    addOutputs(this)
    for (const rule of everywhere) acknowledge(this, rule)
  }
}

const isSecond = (construct: Construct): boolean =>
  Stack.of(construct)
    .node.findAll()
    .some((other) => other instanceof Grantkeeper && other !== construct)

/** What is found wherever the construct stands; single operations and roles say the rest. */
const everywhere = acknowledgedRules.filter((rule) => !/APIG4|IAM5|StarPermissions|Annotation/.test(rule))

const secondsOfWorker = (queue: QueueName): number =>
  Math.max(
    ...workers.flatMap(({ source, timeoutSeconds }) =>
      'queue' in source && source.queue === queue ? [timeoutSeconds] : [],
    ),
  )

const builtHandlers = (path = join(import.meta.dirname, '../../dist/handlers')): string => {
  if (!existsSync(path))
    throw new Error(`The handlers are not built: there is no ${path}. Run \`npm run build\` first.`)
  return path
}
