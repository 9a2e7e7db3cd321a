import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { ASSEMBLY, isBuilt } from '../../lib/build/assembly.ts'
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

/** A synthesized stack: its template as text, its resources, and as the local stack reads it. */
function readSynthesized(folder: string) {
  const text = readFileSync(join(folder, 'Grantkeeper.template.json'), 'utf8')
  const { Resources } = JSON.parse(text) as { Resources: Record<string, Resource> }
  const assembly = readAssembly(folder)
  return {
    text,
    assembly,
    resources: Resources,
    ofType: (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type),
    resolve: (given: Record<string, string> = parameters) => resolveTemplate(assembly, { ...local, parameters: given }),
    read: (given: Record<string, string> = parameters) => readStack(assembly, { ...local, parameters: given }),
  }
}

/** The stack with these settings, synthesized in this process. */
export function synthesizeStack(context: Readonly<Record<string, unknown>> = {}): SynthesizedStack {
  return inFolders((handlersPath, outdir) => {
    synthesize(outdir, { handlersPath, context })
    return readSynthesized(outdir)
  })
}

/** The stack without settings, as it is built: what `npm start` serves and the CLI deploys. */
export function builtStack(): SynthesizedStack {
  if (!isBuilt()) throw new Error('The stack is not built from these sources: run npm run build (npm test does)')
  return readSynthesized(ASSEMBLY)
}

export type SynthesizedStack = ReturnType<typeof readSynthesized>

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

/** Everything that a deployment may set, at once. */
export const fullContext = {
  'grantkeeper:domain': {
    name: 'connect.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d',
    hostedZone: { id: 'Z0123456789ABC', name: 'example.com' },
  },
  'grantkeeper:allowedOrigins': 'https://app.example.com,https://admin.example.com',
  'grantkeeper:privateHosts': 'git.internal,sso.internal',
  'grantkeeper:dataKeyCacheSeconds': '60',
  'grantkeeper:throttle': '{"ratePerSecond":5,"burst":7}',
  'grantkeeper:operationThrottles': { acquireAccessToken: { ratePerSecond: 2, burst: 3 } },
  'grantkeeper:logRetention': 365,
  'grantkeeper:logLevel': 'WARN',
  'grantkeeper:accessLog': 'true',
  'grantkeeper:auditInTable': '30',
  'grantkeeper:tracing': true,
  'grantkeeper:alarmTopic': 'arn:aws:sns:eu-central-1:111122223333:alarms',
  'grantkeeper:webAclArn': 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/front/0a1b',
  'grantkeeper:removalPolicy': 'DESTROY',
  'grantkeeper:tableName': 'connections',
}

/** An empty stack in an app with the flags of `cdk.json`. */
export function anEmptyStack(outdir: string): { app: App; stack: Stack } {
  const app = new App({ outdir, context: { ...featureFlags }, analyticsReporting: false })
  return { app, stack: new Stack(app, 'Stack') }
}
