import type { AccessDefinition, FunctionAccess } from '../template/access.ts'
import { type Decision, decide } from './decide.ts'
import { parsePolicy } from './policy.ts'
import type { Need, Statement } from './statement.ts'

/** Rights by the logical id of the function: each a line, as the statement that gives it has it. */
export type Rights = ReadonlyMap<string, ReadonlySet<string>>

/** What the functions may do, and what they did. */
export interface Iam {
  /** All that the roles of the functions are allowed. */
  granted(): Rights
  /** What of it was made use of since the start. */
  used(): Rights
  /** What was denied since the start, in AWS's own sentences, each once. */
  denied(): readonly string[]
}

/** Decides what functions may do, and remembers it. */
export interface Authority extends Iam {
  knows(functionId: string): boolean
  /** AWS's sentence when the function may not do this; undefined when it may. */
  refuse(functionId: string, need: Need): string | undefined
  /** Refuses an operation of which it is not known what it needs. */
  refuseUnknown(functionId: string, action: string): string
}

/** What AWS gives a key without a policy: its account's own policies decide. */
const defaultKeyPolicy = (accountId: string) => ({
  Statement: { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'kms:*', Resource: '*' },
})

/** Reads the policies of a template. Throws `TemplateError` for what cannot be decided by. */
export function createAuthority(access: AccessDefinition, accountId: string): Authority {
  const functions = new Map(access.functions.map((it) => [it.functionId, readFunction(it, accountId)]))
  const resources = new Map<string, readonly Statement[]>([
    ...access.keys.map(
      ({ arn, policy }) => [arn, parsePolicy(policy ?? defaultKeyPolicy(accountId), `policy of ${arn}`)] as const,
    ),
    ...access.queues.map(
      ({ arn, policies }) => [arn, policies.flatMap((policy) => parsePolicy(policy, `policy of ${arn}`))] as const,
    ),
  ])
  // A key of elsewhere has a policy that nobody here can read; that it lets IAM decide is what is asked of such keys.
  const elsewhere = parsePolicy(defaultKeyPolicy(accountId), 'policy of a key of elsewhere')
  const used = new Map<string, Set<string>>([...functions.keys()].map((functionId) => [functionId, new Set()]))
  const denied = new Set<string>()

  const sentence = (functionId: string, action: string, because: string): string => {
    const text = `User: ${functions.get(functionId)?.userArn} is not authorized to perform: ${action} ${because}`
    denied.add(text)
    return text
  }

  return {
    knows: (functionId) => functions.has(functionId),
    refuse(functionId, need) {
      const { caller, identity } = functions.get(functionId) ?? nobody
      const resourceDecides = need.action.startsWith('kms:')
      const resource = resources.get(need.resource) ?? (resourceDecides ? elsewhere : [])
      const decision: Decision = decide(need, caller, { identity, resource, resourceDecides })
      if (!decision.allowed)
        return sentence(functionId, need.action, `on resource: ${need.resource} ${decision.because}`)
      for (const right of decision.rights) used.get(functionId)?.add(right)
      return undefined
    },
    refuseUnknown: (functionId, action) => sentence(functionId, action, 'because the local stack does not know it'),
    granted: () =>
      new Map(
        [...functions].map(([functionId, { identity }]) => [
          functionId,
          new Set(identity.flatMap(({ effect, rights }) => (effect === 'Allow' ? rights : []))),
        ]),
      ),
    used: () => used,
    denied: () => [...denied],
  }
}

const nobody = { caller: { arns: [], accountId: '' }, identity: [] }

function readFunction({ functionId, role }: FunctionAccess, accountId: string) {
  const userArn = `arn:aws:sts::${accountId}:assumed-role/${role.name}/${functionId}`
  return {
    userArn,
    caller: { arns: [role.arn, userArn], accountId },
    identity: role.policies.flatMap(({ name, document }) => parsePolicy(document, `role ${role.name}, policy ${name}`)),
  }
}
