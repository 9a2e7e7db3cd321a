import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../command.ts'
import { tool } from '../python/tools.ts'

/** A commercial region of each age, and one of each other partition. */
const regions = ['us-east-1', 'eu-central-1', 'ap-southeast-2', 'us-gov-west-1', 'cn-north-1'] as const

/** What is found and meant so. */
const ignored = [
  // The CDK has a function wait for its role, which it refers to.
  'W3005',
  // A template of what a setting changes has not everything that uses parameters and conditions.
  'W2001',
  'W8001',
]

/** A type that is in no region: where it is not found out, nothing else would be. */
const canary = { Resources: { Canary: { Type: 'AWS::Nowhere::Canary' } } }
const CANARY_RULE = 'E3006'

/** What cfn-lint writes of each thing it finds, as far as it is read here. */
export interface Finding {
  readonly Filename: string
  readonly Message: string
  readonly Rule: { readonly Id: string }
  readonly Location: { readonly Path: readonly (string | number)[] | null }
}

/** Has cfn-lint look at templates, as they are in each of the regions. Throws for anything that it finds. */
export const lint = async (files: readonly string[], folder: string): Promise<void> => {
  const canaryFile = join(folder, 'canary.template.json')
  const output = join(folder, 'cfn-lint.json')
  const log = join(folder, 'cfn-lint.log')
  writeFileSync(canaryFile, JSON.stringify(canary))
  const options = ['--format', 'json', '--output-file', output, '--ignore-checks', ...ignored, '--regions', ...regions]
  // There is always an error, that of the canary (2), and what else there is adds to it.
  const statuses = [2, 6, 10, 14]
  await run(tool('cfn-lint'), [...options, '--template', ...files, canaryFile], {
    log,
    statuses,
    env: { HOME: folder },
  })
  const faults = faultsIn(JSON.parse(readFileSync(output, 'utf8')), canaryFile, regions)
  if (faults.length > 0) throw new Error(faults.map((fault) => fault.replace(`${folder}/`, '')).join('\n'))
}

/** A line for each finding that is not the canary's, and for each region where that was not found. */
export const faultsIn = (findings: readonly Finding[], canaryFile: string, inRegions: readonly string[]): string[] => {
  const ofCanary = findings.filter(({ Filename, Rule }) => Filename === canaryFile && Rule.Id === CANARY_RULE)
  return [
    ...inRegions
      .filter((region) => !ofCanary.some(({ Message }) => Message.includes(`'${region}'`)))
      .map((region) => `${canaryFile}: the fault in it was not found in ${region}`),
    ...findings
      .filter((finding) => !ofCanary.includes(finding))
      .map(
        ({ Filename, Rule, Message, Location }) => `${Filename}: ${Rule.Id} ${Message} (${Location.Path?.join('/')})`,
      ),
  ]
}
