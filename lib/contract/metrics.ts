/** Where CloudWatch keeps what functions measure. */
export const METRICS_NAMESPACE = 'Grantkeeper'

/** What is measured, by what it is kept for besides the deployment. */
export const metrics = {
  /** The milliseconds of a request, whose number is that of the requests; and how many ended with a 5xx. */
  Operation: ['Latency', 'Failures'],
  /** What became of grants; kept for all types together as well. */
  ProviderType: [
    'Connected',
    'TokensDisclosed',
    'ProfilesDisclosed',
    'Refreshed',
    'RefreshesFailed',
    'GrantsDied',
    'Revoked',
    'ClientsRejected',
  ],
  /** What was refused, by a reason of `domain/reasons.ts` or the code of a problem. */
  Reason: ['Refused'],
  /** What a worker that the clock wakes saw to: how much was due, how much of it failed, how many jobs do not move. */
  Worker: ['Due', 'Failed', 'Stuck'],
} as const

/** Measured for the deployment alone: the issuer of the JWTs could not be asked; a job ended with an error; KMS refused its key. */
export const deploymentMetrics = ['AuthorizerFailures', 'JobsFailed', 'KeyUnusable'] as const

export type Dimension = keyof typeof metrics
export type MetricName = (typeof metrics)[Dimension][number] | (typeof deploymentMetrics)[number]
