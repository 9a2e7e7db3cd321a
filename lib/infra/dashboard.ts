import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { measured, measuredByEach, ofAws } from './measured.ts'
import type { Watched } from './watched.ts'

const WIDTH = 12

/** What the deployment does, on one page of CloudWatch. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, watched: Watched, alarms: readonly cloudwatch.IAlarm[]) {
    super(scope, id)
    const { deployment, apiName, tableName, queues } = watched
    const api = (name: string, statistic?: string) => ofAws('ApiGateway', name, { ApiName: apiName }, statistic)
    const table = (name: string) => ofAws('DynamoDB', name, { TableName: tableName })
    const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []) =>
      new cloudwatch.GraphWidget({ title, left, right, width: WIDTH })

    new cloudwatch.Dashboard(this, 'Page', {
      widgets: [
        [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 2 * WIDTH })],
        [
          graph('Requests, and those that failed', [api('Count')], [api('4XXError'), api('5XXError')]),
          graph('Milliseconds of a request', [api('Latency', 'p50'), api('Latency', 'p99')]),
        ],
        [
          graph('Milliseconds by operation, p99', [measuredByEach(deployment, 'Latency', 'Operation', 'p99')]),
          graph('Failures by operation', [measuredByEach(deployment, 'Failures', 'Operation')]),
        ],
        [
          graph('Refreshes by provider type', [measuredByEach(deployment, 'Refreshed', 'ProviderType')]),
          graph('Refreshes that failed, by provider type', [
            measuredByEach(deployment, 'RefreshesFailed', 'ProviderType'),
          ]),
        ],
        [graph('What was refused, by reason', [measuredByEach(deployment, 'Refused', 'Reason')])],
        [
          graph('What came of grants', [
            measured(deployment, 'Connected'),
            measured(deployment, 'TokensDisclosed'),
            measured(deployment, 'ProfilesDisclosed'),
            measured(deployment, 'Revoked'),
            measured(deployment, 'GrantsDied'),
          ]),
          graph(
            'Messages that wait, and dead letters',
            Object.values(queues).map(({ queue }) => queue.metricApproximateNumberOfMessagesVisible()),
            Object.values(queues).map(({ deadLetters }) => deadLetters.metricApproximateNumberOfMessagesVisible()),
          ),
        ],
        [
          graph('Units of the table', [table('ConsumedReadCapacityUnits'), table('ConsumedWriteCapacityUnits')]),
          graph('What the sweep saw to', [
            measured(deployment, 'Due', { Worker: 'sweep' }),
            measured(deployment, 'Failed', { Worker: 'sweep' }),
            measured(deployment, 'Stuck', { Worker: 'sweep' }),
          ]),
        ],
      ],
    })
  }
}
