import { jsonLengthOf, lengthOf } from './length.ts'
import { ofType, referencesIn, type Template } from './template.ts'

/** What was measured, and where in the template. */
type Measure = readonly [where: string, value: number]

/** A limit of AWS: what it is about, how much is allowed, and what a template has of it, at most. */
type Limit = readonly [what: string, most: number, measures: (template: Template) => readonly Measure[]]

type Properties = Readonly<Record<string, unknown>>

const whole =
  (measure: (template: Template) => number) =>
  (template: Template): readonly Measure[] => [['the template', measure(template)]]
const count = (type: string) => whole((template) => ofType(template, type).length)
const each =
  (type: string, measure: (properties: Properties, template: Template) => number) =>
  (template: Template): readonly Measure[] =>
    ofType(template, type).map(([id, properties]) => [id, measure(properties, template)])

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
const sizeOf = (value: unknown): number => Object.keys(value ?? {}).length
const listOf = <Item>(value: unknown): readonly Item[] => (value ?? []) as readonly Item[]

/** How many resources of a type have the same value of a property. */
const alike =
  (type: string, name: string, isMeant: (properties: Properties) => boolean = () => true) =>
  (template: Template): readonly Measure[] => {
    const groups = Map.groupBy(
      ofType(template, type).filter(([, properties]) => isMeant(properties)),
      ([, properties]) => JSON.stringify(properties[name]),
    )
    return [...groups.values()].map((group) => [group[0]?.[0] ?? '', group.length])
  }

const environmentOf = ({ Environment }: Properties): number => {
  const { Variables = {} } = (Environment ?? {}) as { Variables?: Properties }
  return sum(Object.entries(Variables).map(([name, value]) => name.length + lengthOf(value)))
}

/** By how much six times the timeout of a queue's function is longer than messages stay hidden for it. */
const seenTooEarly = ({ FunctionName, EventSourceArn }: Properties, { Resources }: Template): number => {
  const of = (value: unknown): Properties => Resources[referencesIn(value)[0] ?? '']?.Properties ?? {}
  return 6 * Number(of(FunctionName)['Timeout'] ?? 3) - Number(of(EventSourceArn)['VisibilityTimeout'] ?? 30)
}

/** Bytes of one statement in a function's policy: two names and two ARNs. */
const PERMISSION = 400

/** What AWS allows and cfn-lint does not count, or not where parts are put together. */
export const limits: readonly Limit[] = [
  ['resources of a stack', 500, whole(({ Resources }) => sizeOf(Resources))],
  ['bytes of a template', 1_000_000, whole((template) => Buffer.byteLength(JSON.stringify(template, undefined, 1)))],
  ['parameters', 200, whole(({ Parameters }) => sizeOf(Parameters))],
  ['outputs', 200, whole(({ Outputs }) => sizeOf(Outputs))],
  ['roles, of those that an account may have', 1000, count('AWS::IAM::Role')],
  [
    'characters of the policies in a role',
    10_240,
    each('AWS::IAM::Role', ({ Policies }) =>
      sum(listOf<Properties>(Policies).map(({ PolicyDocument }) => jsonLengthOf(PolicyDocument))),
    ),
  ],
  [
    'characters of who may take a role',
    2048,
    each('AWS::IAM::Role', (role) => jsonLengthOf(role['AssumeRolePolicyDocument'])),
  ],
  ['bytes of a function’s environment', 4096, each('AWS::Lambda::Function', environmentOf)],
  [
    'characters of a function’s description',
    256,
    each('AWS::Lambda::Function', (one) => lengthOf(one['Description'] ?? '')),
  ],
  [
    'bytes of who may call a function',
    20_480,
    (template) =>
      alike('AWS::Lambda::Permission', 'FunctionName')(template).map(([where, number]) => [where, number * PERMISSION]),
  ],
  ['seconds that messages are seen again too early', 0, each('AWS::Lambda::EventSourceMapping', seenTooEarly)],
  ['resources of an API', 300, count('AWS::ApiGateway::Resource')],
  ['authorizers of an API', 10, count('AWS::ApiGateway::Authorizer')],
  [
    'variables in one place of a path',
    1,
    alike('AWS::ApiGateway::Resource', 'ParentId', ({ PathPart }) => String(PathPart).startsWith('{')),
  ],
  [
    'parts of a path that API Gateway does not take',
    0,
    each('AWS::ApiGateway::Resource', ({ PathPart }) => (/^(\{[\w.-]+\+?\}|[\w.:-]+)$/.test(String(PathPart)) ? 0 : 1)),
  ],
  [
    'milliseconds that an integration may take',
    29_000,
    each('AWS::ApiGateway::Method', ({ Integration }) =>
      Number((Integration as Properties | undefined)?.['TimeoutInMillis'] ?? 0),
    ),
  ],
  [
    // What an account has, unless it asks for more, where it has least.
    'requests at once',
    1250,
    each('AWS::ApiGateway::Stage', ({ MethodSettings }) =>
      Math.max(0, ...listOf<Properties>(MethodSettings).map((one) => Number(one['ThrottlingBurstLimit'] ?? 0))),
    ),
  ],
  [
    'characters of an event pattern',
    4096,
    each('AWS::Events::Rule', (rule) => jsonLengthOf(rule['EventPattern'] ?? {})),
  ],
  ['characters of a key’s policy', 32_768, each('AWS::KMS::Key', ({ KeyPolicy }) => jsonLengthOf(KeyPolicy))],
  [
    'attributes that indexes hold besides keys',
    100,
    each('AWS::DynamoDB::Table', ({ GlobalSecondaryIndexes }) =>
      sum(
        listOf<{ Projection: { NonKeyAttributes?: unknown } }>(GlobalSecondaryIndexes).map(
          ({ Projection }) => listOf(Projection.NonKeyAttributes).length,
        ),
      ),
    ),
  ],
]

/** A line for each limit that a template exceeds, by what it exceeds it most. */
export const excesses = (template: Template): string[] =>
  limits.flatMap(([what, most, measures]) => {
    const [worst] = measures(template).toSorted(([, one], [, other]) => other - one)
    if (worst === undefined || worst[1] <= most) return []
    return [`${what}: ${worst[1]}, and ${most} are allowed (${worst[0]})`]
  })
