import { readFileSync } from 'node:fs'

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>
}

/** The CDK feature flags of `cdk.json`, for an app that runs without the CLI: templates are the same either way. */
export const featureFlags: Readonly<Record<string, unknown>> = context
