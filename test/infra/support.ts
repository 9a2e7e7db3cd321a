import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { featureFlags } from '../../lib/infra/feature-flags.ts'
import { synthesize } from '../../lib/infra/synthesize.ts'
import { readAssembly } from '../../lib/local/template/assembly.ts'
import { resolveTemplate } from '../../lib/local/template/resolved-template.ts'
import { readStack } from '../../lib/local/template/stack-definition.ts'

/** A resource as it stands in the template. */
export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | string[]
  readonly Resource?: string | string[]
  readonly Principal?: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>
}

export const parameters: Record<string, string> = { Issuer: 'https://issuer.example', Audience: 'grantkeeper' }

const local = {
  region: 'us-east-1',
  accountId: '000000000000',
  queueUrl: (queueName: string) => `http://127.0.0.1:9/000000000000/${queueName}`,
  keyId: (logicalId: string) => `id-of-${logicalId}`,
}

/** Runs `work` with a folder that stands for the built handlers, and another one to synthesize into. */
export function inFolders<Result>(work: (handlersPath: string, outdir: string) => Result): Result {
  const handlersPath = mkdtempSync(join(tmpdir(), 'handlers-'))
  const outdir = mkdtempSync(join(tmpdir(), 'assembly-'))
  try {
    writeFileSync(join(handlersPath, 'handler.mjs'), 'export const handler = async () => ({})\n')
    return work(handlersPath, outdir)
  } finally {
    rmSync(handlersPath, { recursive: true })
    rmSync(outdir, { recursive: true })
  }
}

/** The stack, synthesized in this process: its template as text, its resources, and as the local stack reads it. */
export function synthesizeStack() {
  return inFolders((handlersPath, outdir) => {
    synthesize(outdir, { handlersPath })
    const text = readFileSync(join(outdir, 'Grantkeeper.template.json'), 'utf8')
    const { Resources } = JSON.parse(text) as { Resources: Record<string, Resource> }
    const assembly = readAssembly(outdir)
    return {
      text,
      assembly,
      resources: Resources,
      ofType: (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type),
      resolve: (given: Record<string, string> = parameters) =>
        resolveTemplate(assembly, { ...local, parameters: given }),
      read: (given: Record<string, string> = parameters) => readStack(assembly, { ...local, parameters: given }),
    }
  })
}

export type SynthesizedStack = ReturnType<typeof synthesizeStack>

/** The statements of the role of the one function whose handler is in this file, with resolved resources. */
export function statementsOf(stack: SynthesizedStack, file: string): Statement[] {
  const template = stack.resolve()
  const functions = template.resources('AWS::Lambda::Function') as [string, { Handler: string; Role: string }][]
  const [, found] = functions.find(([, { Handler }]) => Handler === `${file}.handler`) ?? []
  if (!found) throw new Error(`there is no function ${file}`)
  const roles = template.resources('AWS::IAM::Role') as [
    string,
    { Policies: { PolicyDocument: { Statement: Statement[] } }[] },
  ][]
  return roles
    .filter(([logicalId]) => template.physical(logicalId).attributes.Arn === found.Role)
    .flatMap(([, { Policies }]) => Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement))
}

export const listOf = <Item>(value: Item | Item[] | undefined): Item[] => [value ?? []].flat() as Item[]

/** An empty stack in an app with the flags of `cdk.json`. */
export function anEmptyStack(outdir: string): { app: App; stack: Stack } {
  const app = new App({ outdir, context: { ...featureFlags }, analyticsReporting: false })
  return { app, stack: new Stack(app, 'Stack') }
}
