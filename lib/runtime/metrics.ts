import { type Dimension, METRICS_NAMESPACE, type MetricName } from '../contract/metrics.ts'
import { configuration } from './configuration.ts'

/**
 * Writes measurements as one line that CloudWatch makes metrics of (Embedded Metric Format): no call, and no wait.
 * They are kept for the deployment and the dimension together, or without one for the deployment; with `total` for both.
 * Names and dimensions are words of ours, and never what a user chose: each combination is a metric with its price.
 * Nothing is written where the environment names no deployment.
 */
export const measure = (
  metrics: Readonly<Partial<Record<MetricName, number>>>,
  dimension: Readonly<Partial<Record<Dimension, string>>> = {},
  { total = false } = {},
): void => {
  const deployment = configuration.deployment()
  if (deployment === undefined) return
  const each = ['Deployment', ...Object.keys(dimension)]
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: METRICS_NAMESPACE,
          Dimensions: total && each.length > 1 ? [each, ['Deployment']] : [each],
          Metrics: Object.keys(metrics).map((Name) => ({
            Name,
            Unit: Name === 'Latency' ? 'Milliseconds' : 'Count',
          })),
        },
      ],
    },
    Deployment: deployment,
    ...dimension,
    ...metrics,
  }
  // Not by the console, which Lambda wraps into a line of its own, where no metric is found.
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
