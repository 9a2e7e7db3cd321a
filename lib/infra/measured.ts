import { Duration } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { type Dimension, METRICS_NAMESPACE, type MetricName } from '../contract/metrics.ts'

/** What a period is, where nothing else is said. */
const PERIOD = Duration.minutes(5)

/** What the functions of a deployment measure themselves: the sum of five minutes, or what is said otherwise. */
export const measured = (
  deployment: string,
  name: MetricName,
  dimension: Readonly<Partial<Record<Dimension, string>>> = {},
  options: cloudwatch.MetricOptions = {},
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { Deployment: deployment, ...dimension },
    statistic: cloudwatch.Stats.SUM,
    period: PERIOD,
    ...options,
  })

/** The same of every operation or type that there is, one line each. */
export const measuredByEach = (
  deployment: string,
  name: MetricName,
  dimension: Dimension,
  statistic = 'Sum',
): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    expression: `SEARCH('{${METRICS_NAMESPACE},Deployment,${dimension}} MetricName="${name}" Deployment="${deployment}"', '${statistic}')`,
    usingMetrics: {},
    label: '',
    period: PERIOD,
  })

/** A metric of AWS itself. */
export const ofAws = (
  service: string,
  metricName: string,
  dimensionsMap: Readonly<Record<string, string>> = {},
  statistic: string = cloudwatch.Stats.SUM,
): cloudwatch.Metric =>
  new cloudwatch.Metric({ namespace: `AWS/${service}`, metricName, dimensionsMap, statistic, period: PERIOD })
