import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { acknowledgedRules } from '../../lib/infra/acknowledged.ts'
import { featureFlags } from '../../lib/infra/feature-flags.ts'
import { GrantkeeperStack } from '../../lib/infra/stack.ts'
import { fullContext, inFolders } from './support.ts'

interface Report {
  readonly pluginReports: readonly { pluginName: string; violations: readonly { ruleName: string }[] }[]
}

/** What the two packs and CDK's own validation find in a stack with these settings. */
const findings = (context: Readonly<Record<string, unknown>> = {}): string[] =>
  inFolders((handlersPath, outdir) => {
    const app = new App({ outdir, context: { ...featureFlags, ...context }, analyticsReporting: false })
    new GrantkeeperStack(app, 'Grantkeeper', { handlersPath })
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))
    try {
      app.synth()
    } catch {
      // What was found is in the report.
    }
    const { pluginReports } = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as Report
    const found = pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName))
    return [...new Set(found)].sort()
  })

describe('cdk-nag', () => {
  const quiet = [vi.spyOn(process.stderr, 'write'), vi.spyOn(console, 'error')]
  beforeAll(() => {
    quiet[0]?.mockReturnValue(true as never)
    quiet[1]?.mockReturnValue(undefined as never)
  })
  afterAll(() => {
    vi.restoreAllMocks()
  })

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['without settings', {}],
    ['with every setting', fullContext],
    ['with a key by its alias', { 'grantkeeper:keyArn': 'arn:aws:kms:eu-central-1:111122223333:alias/tokens' }],
  ])(
    'finds nothing in the stack %s that is not acknowledged',
    (_, context) => {
      expect(findings(context)).toEqual([])
    },
    180_000,
  )

  test('finds all that is acknowledged: no reason outlives its cause', () => {
    const acknowledge = vi.spyOn(Validations.prototype, 'acknowledge').mockReturnValue(undefined)

    const found = new Set([...findings(), ...findings(fullContext)])

    acknowledge.mockRestore()
    expect([...found].map((rule) => rule.replace(/\[.*/, '')).sort()).toEqual([...acknowledgedRules].sort())
  }, 180_000)
})
