import { CONTEXT_PREFIX } from '../infra/context-prefix.ts'

/** What only an AWS account has, and nothing on this machine stands for. */
const ofAws: ReadonlySet<string> = new Set([
  'domain',
  'webAclArn',
  'alarmTopic',
  'keyArn',
  'previousKeyArns',
  'existingTableName',
  'accessLog',
  'tracing',
  'logRetention',
  'removalPolicy',
  'deletionProtection',
])

/** What is set for the deployment, as far as it holds here. */
export interface DeploymentSettings {
  /** `grantkeeper:<property>` as the CDK context has it. */
  readonly context: Readonly<Record<string, unknown>>
  /** Names of settings that need AWS. */
  readonly skipped: readonly string[]
}

/**
 * The `grantkeeper:` settings of `cdk.json`, and of `-c`, which wins, as at `cdk deploy`.
 * Throws one line for a `-c` that is no such setting; whether there is a setting of that name is seen when it is used.
 */
export const deploymentSettings = (
  cdkJson: { readonly context?: Readonly<Record<string, unknown>> },
  given: readonly string[],
): DeploymentSettings => {
  const all = { ...cdkJson.context, ...Object.fromEntries(given.map(readPair)) }
  const ours = Object.entries(all).filter(([name]) => name.startsWith(CONTEXT_PREFIX))
  const needsAws = (name: string): boolean => ofAws.has(name.slice(CONTEXT_PREFIX.length))
  return {
    context: Object.fromEntries(ours.filter(([name]) => !needsAws(name))),
    skipped: ours.filter(([name]) => needsAws(name)).map(([name]) => name.slice(CONTEXT_PREFIX.length)),
  }
}

const readPair = (pair: string): readonly [name: string, value: string] => {
  const [, name, value] = /^(grantkeeper:[^=]+)=(.*)$/s.exec(pair) ?? []
  if (name === undefined || value === undefined) {
    throw new Error(`-c takes ${CONTEXT_PREFIX}<setting>=<value>, not ${pair}`)
  }
  return [name, value]
}
