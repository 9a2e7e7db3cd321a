import { readFileSync } from 'node:fs'
import { CONTEXT_PREFIX } from './context-prefix.ts'

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>
}

/**
 * The CDK feature flags of `cdk.json`, for an app that runs without the CLI: templates are the same either way. The
 * settings of a deployment may stand beside them; they are for the deployed stack, and not for this machine.
 */
export const featureFlags: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(context).filter(([name]) => !name.startsWith(CONTEXT_PREFIX)),
)
