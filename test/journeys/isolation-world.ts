import { methodsOf, operations, pathsOf } from '../../lib/contract/index.ts'
import { type Answer, aCaller, aGrant, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { rawRequest } from '../support/raw-request.ts'

/** Two organizations whose users have the same ids, with a provider, grants and a job each. */
export interface World {
  readonly grantkeeper: ProxiedGrantkeeper
  readonly callers: Readonly<Record<string, Caller>>
  /** Ids by what they are of (see `entityOf`) and whose they are. */
  readonly ids: Readonly<Record<string, Record<string, string>>>
  /** Puts a new one in the place of what an operation has just deleted. */
  replace(entity: string, whose: string): Promise<void>
}

const UNKNOWN = '0190f5a0-0000-7000-8000-000000000000'
const ILLEGAL = 'a%20b'

export const aWorld = async (): Promise<World> => {
  const grantkeeper = await aProxiedGrantkeeper()
  const onBehalfOf = (user: string) => ({ headers: { 'x-on-behalf-of': user } })
  const service = { user: 'bot', roles: ['service'] }
  const callers = {
    owner: await aCaller(grantkeeper, { user: 'grace' }),
    colleague: await aCaller(grantkeeper, { user: 'linus' }),
    admin: await anAdmin(grantkeeper, { user: 'ada' }),
    outsider: await anAdmin(grantkeeper, { user: 'ada', org: 'globex' }),
    service: await aCaller(grantkeeper, service),
    forOwner: await aCaller(grantkeeper, { ...service, ...onBehalfOf('grace') }),
    forColleague: await aCaller(grantkeeper, { ...service, ...onBehalfOf('linus') }),
    pretender: await aCaller(grantkeeper, onBehalfOf('linus')),
  }
  const owners: Readonly<Record<string, { readonly caller: Caller; readonly org: string }>> = {
    "owner's": { caller: callers.owner, org: 'acme' },
    "colleague's": { caller: callers.colleague, org: 'acme' },
    "globex's": { caller: await aCaller(grantkeeper, { user: 'grace', org: 'globex' }), org: 'globex' },
  }
  const none = { unknown: UNKNOWN, illegal: ILLEGAL }
  const ids: Record<string, Record<string, string>> = {
    authorizedProvider: { ...none },
    provider: {},
    job: { ...none },
    externalauth: { ...none },
    organisation: { "acme's": 'acme', "globex's": 'globex', unknown: 'nobody' },
    credential: { ...none },
    userConnection: { unknown: '2000000000', illegal: ILLEGAL },
    integration: { ...none },
  }
  /** Providers that nothing deletes, for the grants. */
  const homes: Record<string, string> = {}
  const newProvider = async (org: string): Promise<string> =>
    (await aProvider(grantkeeper, { name: `A provider of ${org}`, apiBaseUri: grantkeeper.upstream.issuer }, { org }))
      .id
  /** A grant is known by three ids. */
  const newGrant = async (whose: string): Promise<void> => {
    const { caller, org } = owners[whose] ?? { caller: callers.admin, org: '' }
    const { id, credentialId } = await aGrant(caller, homes[org] ?? '')
    const { results } = (await caller.get('//api/v3/sources/user_connections/oauth/')).body
    Object.assign(ids.authorizedProvider ?? {}, { [whose]: id })
    Object.assign(ids.userConnection ?? {}, { [whose]: String(results[0].pk) })
    if (org === 'acme') Object.assign(ids.credential ?? {}, { [whose]: credentialId })
  }
  const newCredential = async (org: string): Promise<string> => {
    const caller = org === 'globex' ? callers.outsider : callers.admin
    const body = { name: `A credential of ${org}`, type: 'Raw', data: { value: 'eA==' } }
    return (await caller.post(`//organisations/${org}/credentials`, body)).body.id
  }
  const replace: World['replace'] = async (entity, whose) => {
    const org = whose.replace("'s", '')
    if (entity === 'externalauth' || entity === 'integration')
      for (const owner of Object.keys(owners)) await newGrant(owner)
    else if (entity === 'provider') Object.assign(ids.provider ?? {}, { [whose]: await newProvider(org) })
    else if (entity === 'credential' && homes[org])
      Object.assign(ids.credential ?? {}, { [whose]: await newCredential(org) })
    else if (owners[whose]) await newGrant(whose)
  }

  for (const [org, admin] of [['acme', callers.admin] as const, ['globex', callers.outsider] as const]) {
    homes[org] = await newProvider(org)
    Object.assign(ids.externalauth ?? {}, { [`${org}'s`]: homes[org] })
    Object.assign(ids.integration ?? {}, { [`${org}'s`]: homes[org] })
    await replace('provider', `${org}'s`)
    await replace('credential', `${org}'s`)
    const { location } = (await admin.post('/jobs/', { type: 'STATS' })).body
    Object.assign(ids.job ?? {}, { [`${org}'s`]: new URL(location).pathname.split('/').at(-2) })
  }
  Object.assign(ids.provider ?? {}, none)
  for (const whose of Object.keys(owners)) await replace('authorizedProvider', whose)
  return { grantkeeper, callers, ids, replace }
}

/** What an operation's id, the last of its parameters, is of: `providerId` -> `provider`. */
export const entityOf = (operationId: string): string => {
  const operation = operations.find(({ id }) => id === operationId)
  const name =
    Object.keys(operation?.params?.shape ?? {})
      .filter((parameter) => parameter !== 'path')
      .at(-1) ?? ''
  if (name === 'id') return operation?.surface === 'userConnections' ? 'userConnection' : 'integration'
  return operationId === 'completeCallback' ? 'provider' : name.replace(/Id$/, '')
}

/** Makes the request of a cell of the table, on every path that the operation has. */
export const ask = async (
  { grantkeeper, callers, ids }: World,
  operationId: string,
  kind: string,
  callerName: string,
): Promise<readonly Answer[]> => {
  const operation = operations.find(({ id }) => id === operationId)
  if (!operation) throw new Error(`${operationId} is no operation`)
  const id = ids[entityOf(operationId)]?.[kind] ?? ''
  const query = kind === '-' && operationId !== 'finishConnection' ? '' : (queries[operationId] ?? '')
  const body = bodies[operationId]?.(decodeURIComponent(id), grantkeeper, ids)
  const ownOrganization = callerName === 'outsider' ? 'globex' : 'acme'
  const answers: Answer[] = []
  for (const path of pathsOf(operation)) {
    const target =
      path
        .replace('{path+}', 'userinfo')
        .replace(/\{organisationId\}(?=.*\{)/, ownOrganization)
        .replace(/\{[^}]+\}/, id) + query
    const [method = ''] = methodsOf(operation)
    const caller = callers[callerName]
    answers.push(
      caller
        ? await caller.request(method, `/${target}`, body)
        : await asNobody(grantkeeper.url, method, target, callerName === 'forged', body),
    )
  }
  return answers
}

const asNobody = async (url: string, method: string, path: string, forged: boolean, body: unknown): Promise<Answer> => {
  const headers = forged ? ['Authorization', 'Bearer eyJhbGciOiJub25lIn0.e30.'] : []
  const answer = await rawRequest(url, method, path, headers, body === undefined ? undefined : JSON.stringify(body))
  const json = answer.headers['content-type']?.startsWith('application/json')
  return { ...answer, headers: new Headers(answer.headers), body: json ? JSON.parse(answer.text) : undefined }
}

const queries: Readonly<Record<string, string>> = {
  listAuthorizedProviders: '?userId=linus',
  finishConnection: '?state=a-state-of-nobody&code=a-code',
}

const bodies: Readonly<Record<string, (id: string, grantkeeper: ProxiedGrantkeeper, ids: World['ids']) => Json>> = {
  createProvider: (_, { upstream }) => ({ type: 'oidc', name: 'New', issuer: upstream.issuer, ...upstream.client }),
  updateProvider: () => ({ skipConsent: true }),
  completeCallback: (providerId) => ({ providerId, state: 'a-state-of-nobody', code: 'a-code' }),
  createJob: () => ({ type: 'STATS' }),
  initConnection: (organisation, _, ids) => ({ providerId: ids.provider?.[`${organisation}'s`] ?? UNKNOWN }),
  createCredential: () => ({ name: 'New', data: {} }),
  updateCredential: () => ({ name: 'Changed' }),
  connectDirectly: () => ({ refreshToken: 'a-token-of-nobody' }),
  relayRequest: () => ({ url: '/userinfo' }),
  completeExternalAuthDevice: () => ({ device_code: 'a-handle-of-nobody' }),
}
