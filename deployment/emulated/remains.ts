import { type Emulator, REGION } from './emulator.ts'

/** How a service lists what there is: by the path of a REST API, the name of an action, or a target of the JSON protocol. */
type Listing = readonly [
  service: string,
  how: { readonly path: string } | { readonly action: string } | { readonly target: string },
]

/** What a stack is made of, as far as it can be listed. */
const listings = {
  functions: ['lambda', { path: '/2015-03-31/functions/' }],
  'event source mappings': ['lambda', { path: '/2015-03-31/event-source-mappings/' }],
  APIs: ['apigateway', { path: '/restapis' }],
  queues: ['sqs', { target: 'AmazonSQS.ListQueues' }],
  roles: ['iam', { action: 'ListRoles&Version=2010-05-08' }],
  rules: ['events', { target: 'AWSEvents.ListRules' }],
  alarms: ['monitoring', { action: 'DescribeAlarms&Version=2010-08-01' }],
  dashboards: ['monitoring', { action: 'ListDashboards&Version=2010-08-01' }],
  tables: ['dynamodb', { target: 'DynamoDB_20120810.ListTables' }],
  keys: ['kms', { target: 'TrentService.ListKeys' }],
  'log groups': ['logs', { target: 'Logs_20140328.DescribeLogGroups' }],
} as const satisfies Readonly<Record<string, Listing>>

type Kind = keyof typeof listings
const kinds = Object.keys(listings) as Kind[]

/** What must outlive the stack: what is in the table, what opens it, and what is on record. */
const staying: readonly Kind[] = ['tables', 'keys', 'log groups']

/** Throws for a kind of which there is nothing though the stack is deployed: its going could not be seen either. */
export const expectAll = (emulator: Emulator, marks: readonly string[]): Promise<void> =>
  expectKinds(emulator, marks, kinds)

/** Throws for what is gone though it must stay when the stack is destroyed, and for what is there though it must go. */
export const expectStaying = (emulator: Emulator, marks: readonly string[]): Promise<void> =>
  expectKinds(emulator, marks, staying)

/** Marks are texts by which things are known to be the stack's: its name, which is in theirs, and ids. */
const expectKinds = async (emulator: Emulator, marks: readonly string[], wanted: readonly Kind[]): Promise<void> => {
  const faults: string[] = []
  for (const kind of kinds) {
    const text = await list(emulator, listings[kind])
    const isThere = marks.some((mark) => text.includes(mark))
    if (isThere !== wanted.includes(kind)) faults.push(`${kind}: ${isThere ? 'some are left' : 'there are none'}`)
  }
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

const list = async ({ url }: Emulator, [service, how]: Listing): Promise<string> => {
  // Which service is meant stands in the signature, which is not looked at otherwise.
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=test/20261201/${REGION}/${service}/aws4_request` }
  const response = await fetch(`${url}${'path' in how ? how.path : '/'}`, { ...requestOf(how, headers) })
  if (!response.ok) throw new Error(`${service} answered ${response.status} ${await response.text()}`)
  return response.text()
}

const requestOf = (how: Listing[1], headers: Readonly<Record<string, string>>): RequestInit => {
  if ('path' in how) return { headers }
  if ('action' in how) {
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return { method: 'POST', headers: { ...headers, ...type }, body: `Action=${how.action}` }
  }
  const target = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': how.target }
  return { method: 'POST', headers: { ...headers, ...target }, body: '{}' }
}
