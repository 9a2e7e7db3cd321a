import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileName, operations } from '../../lib/contract/index.ts'
import { type ProblemCode, problems } from '../../lib/domain/problem.ts'
import type { Answer } from '../support/grantkeeper.ts'
import { type Row, rows } from './isolation-table.ts'
import { ask, aWorld, entityOf, type World } from './isolation-world.ts'

let world: World
beforeAll(async () => {
  world = await aWorld()
}, 60_000)
afterAll(() => world.grantkeeper.close())

const notFound: Readonly<Record<string, ProblemCode>> = {
  authorizedProvider: 'grantNotFound',
  provider: 'providerNotFound',
  job: 'jobNotFound',
  externalauth: 'providerNotFound',
  organisation: 'organizationNotFound',
  credential: 'credentialNotFound',
  userConnection: 'grantNotFound',
  integration: 'providerNotFound',
}

/** Who may know of the provider, and of what else is not there. */
const knowsProvider = ({ kind }: Row, caller: string): boolean =>
  kind === (caller === 'outsider' ? "globex's" : "acme's")

const notFoundBy = (row: Row, caller: string): ProblemCode | undefined => {
  if (knowsProvider(row, caller) && row.operationId === 'acquireProviderAccessToken') return 'grantNotFound'
  if (knowsProvider(row, caller) && row.operationId === 'deleteExternalAuth') return 'grantNotFound'
  if (knowsProvider(row, caller) && entityOf(row.operationId) === 'integration') return 'grantNotFound'
  if (knowsProvider(row, caller) && row.operationId === 'completeExternalAuthDevice') return 'deviceNotFound'
  return notFound[entityOf(row.operationId)]
}

/** An error in the body of the operation's surface. */
const errorOf = (operationId: string, code: ProblemCode, field?: { name: string; message: string }): unknown => {
  const [status, message] = problems[code]
  switch (operations.find(({ id }) => id === operationId)?.surface) {
    case 'externalAuth':
      return { message, detail: message, validations: field ? [{ field: field.name, detail: field.message }] : [] }
    case 'userConnections':
      if (field) return { [field.name]: [field.message] }
      return { detail: message, ...(status === 403 && { code: 'permission_denied' }) }
    default:
      return { message, errorFields: field ? [field] : [] }
  }
}

const managed = ['createCredential', 'updateCredential', 'deleteCredential', 'revealCredential']
const owned = ['acquireAccessToken', 'getUserinfo', 'diagnoseAuthorizedProvider']
/** What the caller lacks. */
const missingRight = (operationId: string, caller: string): ProblemCode => {
  if (caller === 'pretender') return 'serviceOnly'
  if (managed.includes(operationId)) return 'managerOnly'
  if (operationId === 'connectDirectly') return 'programmaticConnectOff'
  return owned.includes(operationId) ? 'ownerOnly' : 'adminOnly'
}

/** The field that is wrong: the id, or what it is of. */
const wrongField = ({ operationId, kind }: Row): { name: string; message: string } => {
  const entity = entityOf(operationId)
  if (entity === 'userConnection') return { name: 'id', message: 'A valid integer is required.' }
  if (kind !== 'illegal')
    return { name: 'type', message: 'is OAuth2Refresh: only connecting the account again changes it' }
  const message = 'must be 1 to 128 characters of A-Z a-z 0-9 . _ ~ -'
  const names: Readonly<Record<string, string>> = { externalauth: 'externalauth', integration: 'id' }
  const name = operationId === 'createConnectTicket' ? 'integrationId' : names[entity]
  return { name: name ?? `${entity}Id`, message }
}

/** The exact body of a refusal; undefined where the body is that of a success, or a page. */
const refusal = (row: Row, caller: string, status: number): unknown => {
  const { operationId, kind } = row
  if (operations.find(({ id }) => id === operationId)?.surface === 'pages') return undefined
  if (status === 401) return { message: 'Unauthorized', errorFields: [], detail: 'Unauthorized' }
  const invalid = status === 422 || (status === 400 && kind === 'illegal')
  if (invalid) return errorOf(operationId, 'invalidRequest', wrongField(row))
  const code: ProblemCode | undefined = {
    400: operationId === 'completeConnectTicket' ? ('handleRefused' as const) : ('stateRefused' as const),
    403: missingRight(operationId, caller),
    404: notFoundBy(row, caller),
  }[status]
  return code && errorOf(operationId, code)
}

const writes = /^(Put|Update|Delete|BatchWrite|TransactWrite)Item/

/** The writes, KMS calls and upstream calls that the function of an operation has made. */
const deeds = (operationId: string): readonly string[] => {
  const { stack, proxies, upstream } = world.grantkeeper
  const surface = operations.find(({ id }) => id === operationId)?.surface
  const caller = `LOCAL${stack.functionId(`${surface}/${fileName(operationId)}`)}`
  const calls = [...proxies.dynamodb.calls(), ...proxies.kms.calls()].filter((call) => call.caller === caller)
  return [
    ...calls.filter(({ service, operation }) => service === 'kms' || writes.test(operation)).map((it) => it.operation),
    ...upstream.control.requests().map(({ endpoint }) => endpoint),
  ]
}

const forgetDeeds = (): void => {
  const { proxies, upstream } = world.grantkeeper
  proxies.dynamodb.reset()
  proxies.kms.reset()
  upstream.control.clearRequests()
}

const mayDelete = (operationId: string): boolean => operationId.startsWith('delete')

describe('the table of who may do what', () => {
  test('has rows for every operation of the contract, and for no other', () => {
    const ids = new Set(rows.map(({ operationId }) => operationId))

    expect([...ids].sort()).toEqual(operations.map(({ id }) => id).sort())
  })

  test.each(rows.map((row) => [row.operationId, row.kind, row] as const))('holds for %s, %s', async (_, __, row) => {
    for (const { caller, status } of row.cells) {
      forgetDeeds()

      const answers = await ask(world, row.operationId, row.kind, caller)

      for (const { status: answered, body, text } of answers) {
        const expected = refusal(row, caller, status)
        expect({ caller, status: answered, text }).toEqual({ caller, status, text: expect.any(String) })
        if (expected) expect({ caller, body }).toEqual({ caller, body: expected })
        // Nothing of the other organization is ever in an answer.
        expect(text).not.toContain(caller === 'outsider' ? 'acme' : 'globex')
      }
      if (status >= 400) expect({ caller, deeds: deeds(row.operationId) }).toEqual({ caller, deeds: [] })
      else if (mayDelete(row.operationId)) await world.replace(entityOf(row.operationId), row.kind)
    }
  })
})

/** What differs between any two answers. */
const perAnswer = /^(date|x-amzn-requestid|x-amz-apigw-id|x-amzn-trace-id)$/

const bytes = ({ status, headers, text }: Answer): unknown => ({
  status,
  headers: [...headers].filter(([name]) => !perAnswer.test(name)),
  text,
})

describe('an id of another organization', () => {
  const withId = operations.map(({ id }) => id).filter((id) => notFound[entityOf(id)] && !id.startsWith('show'))
  const cases = withId.flatMap((id) =>
    ['owner', 'admin', 'service', 'forOwner', 'forColleague'].map((caller) => [id, caller] as const),
  )

  test.each(cases)('is to %s by %s, byte for byte, as one that nobody has', async (operationId, caller) => {
    const foreign = await ask(world, operationId, "globex's", caller)
    const unknown = await ask(world, operationId, 'unknown', caller)

    expect(foreign.map(bytes)).toEqual(unknown.map(bytes))
    // Of jobs the role is asked for first.
    expect(foreign.every(({ status }) => status === 404 || entityOf(operationId) === 'job')).toBe(true)
  })

  test.each(withId.filter((id) => entityOf(id) === 'authorizedProvider'))(
    "is to %s as a colleague's grant",
    async (operationId) => {
      const colleagues = await ask(world, operationId, "colleague's", 'owner')
      const unknown = await ask(world, operationId, 'unknown', 'owner')

      expect(colleagues.map(bytes)).toEqual(unknown.map(bytes))
    },
  )
})
