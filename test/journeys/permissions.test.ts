import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Grant, Kind } from '../../lib/contract/grant.ts'
import { DATA_KEY, DUE_INDEX, kinds, type Verb } from '../../lib/contract/grant.ts'
import { fileName, operations } from '../../lib/contract/index.ts'
import { workers } from '../../lib/contract/workers.ts'
import { isAudited } from '../../lib/infra/permissions.ts'
import {
  aTicket,
  bareThroughConsent,
  completeHandle,
  openBareLastPage,
  postForm,
  throughConsent,
} from '../support/browser-connect.ts'
import { base64, connectionOf, credentialsAt } from '../support/credentials.ts'
import { eventually } from '../support/eventually.ts'
import { aDevice, externalAuthOf } from '../support/external-auth.ts'
import type { FaultProxyCall } from '../support/fault-proxy.ts'
import { aCaller, aGrant, anAdmin, aProvider, aRedirect, type Caller, type Json } from '../support/grantkeeper.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { rowsOf } from '../support/rows.ts'
import { synthesizedWith } from '../support/synthesized.ts'

/** What each function did on the wire, in the words of the contract. */
const used = new Map<string, Set<string>>()

let synthesized: Awaited<ReturnType<typeof synthesizedWith>>
let grantkeeper: ProxiedGrantkeeper
beforeAll(async () => {
  // With copies of audit records, so that it is seen who writes them.
  synthesized = await synthesizedWith({ 'grantkeeper:auditInTable': 30 })
  grantkeeper = await aProxiedGrantkeeper({ assembly: synthesized.assembly })
  for (const proxy of Object.values(grantkeeper.proxies)) proxy.onCall(note)
  await wholeLife(grantkeeper)
}, 120_000)
afterAll(async () => {
  await grantkeeper?.close()
  synthesized?.remove()
})

const functions: { file: string; grants: readonly Grant[] }[] = [
  ...operations.map(({ id, surface, grants }) => ({ file: `${surface}/${fileName(id)}`, grants })),
  ...workers.map(({ id, grants }) => ({ file: `workers/${fileName(id)}`, grants })),
]

describe('a function does only what its row grants', () => {
  test.each(functions)('$file', ({ file, grants }) => {
    const id = grantkeeper.stack.functionId(file)

    const words = [...(used.get(`LOCAL${id}`) ?? [])].filter((word) => !isGranted(word, grants))

    expect(words).toEqual([])
  })

  test('and the life that was watched touched every function that has grants', () => {
    const silent = functions.filter(
      ({ file, grants }) => grants.length > 0 && !used.has(`LOCAL${grantkeeper.stack.functionId(file)}`),
    )

    expect(silent).toEqual([])
  })
})

/** Sealing and opening bring their own rights on data keys and on the KMS key. */
const isGranted = (word: string, grants: readonly Grant[]): boolean => {
  const [subject = '', verb = ''] = word.split(':')
  if (grants.includes(word as Grant)) return true
  if (word === 'audit:put') return isAudited(grants)
  if (subject === 'kms') {
    const [action, kind] = verb.split('/')
    return (
      grants.includes(`seal:${kind}` as Grant) || (action === 'Decrypt' && grants.includes(`open:${kind}` as Grant))
    )
  }
  if (!subject.startsWith(DATA_KEY)) return false
  const kind = subject.slice(DATA_KEY.length + 1)
  return grants.includes(`seal:${kind}` as Grant) || (verb === 'get' && grants.includes(`open:${kind}` as Grant))
}

const note = ({ service, operation, caller, body }: FaultProxyCall): void => {
  if (caller === undefined || caller === 'LOCALPLATFORM') return
  const words = used.get(caller) ?? new Set()
  used.set(caller, words)
  for (const word of wordsOf(service, operation, body as Json)) words.add(word)
}

const wordsOf = (service: FaultProxyCall['service'], operation: string, body: Json): string[] => {
  if (service === 'sqs') return [`send:${String(body.QueueUrl).includes('Chunks') ? 'chunks' : 'jobs'}`]
  if (service === 'kms') return [`kms:${operation}/${body.EncryptionContext.kind}`]
  if (service !== 'dynamodb') return []
  switch (operation) {
    case 'GetItem':
      return [wordOf(body.Key.pk.S, 'get')]
    case 'PutItem':
      return [wordOf(body.Item.pk.S, 'put')]
    case 'UpdateItem':
      return [wordOf(body.Key.pk.S, 'update')]
    case 'DeleteItem':
      return [wordOf(body.Key.pk.S, 'delete')]
    case 'Query':
      return body.IndexName === DUE_INDEX ? ['due:query'] : [wordOf(body.ExpressionAttributeValues[':pk'].S, 'query')]
    case 'BatchGetItem':
      return Object.values<Json>(body.RequestItems).flatMap(({ Keys }) =>
        Keys.map((key: Json) => wordOf(key.pk.S, 'batchGet')),
      )
    case 'TransactWriteItems':
      return body.TransactItems.map(({ Put, Update, Delete, ConditionCheck }: Json) => {
        if (Put) return wordOf(Put.Item.pk.S, 'put')
        if (Update) return wordOf(Update.Key.pk.S, 'update')
        return Delete ? wordOf(Delete.Key.pk.S, 'delete') : wordOf(ConditionCheck.Key.pk.S, 'check')
      })
    default:
      return [`unexpected:${operation}`]
  }
}

const wordOf = (pk: string, verb: Verb): string => {
  const [prefix = '', second = ''] = pk.split('#')
  const kind = (Object.keys(kinds) as Kind[]).find((name) => kinds[name] === prefix)
  return `${kind ?? `${prefix}/${second}`}:${verb}`
}

/** Every operation, with the failures that make a function do more than usual. */
const wholeLife = async (stack: ProxiedGrantkeeper): Promise<void> => {
  const admin = await anAdmin(stack)
  const user = await aCaller(stack)
  const { control } = stack.upstream
  const direct = await aProvider(stack)
  const provider = await aProvider(stack, { ...stack.proxiedProvider, revocationScope: 'userAndApp' })

  await admin.post(`/providers/${(await aProvider(stack, { clientSecret: 'wrong' })).id}/verify/`)
  await admin.get('/providers/')
  await admin.get(`/providers/${provider.id}/`)
  await admin.patch(`/providers/${provider.id}/`, {
    name: 'Renamed',
    slug: 'renamed',
    clientSecret: stack.upstream.client.clientSecret,
  })
  control.setBehaviour({ accessTokenSeconds: 1 })
  const grant = await aGrant(user, provider.id)
  const sibling = await aGrant(await aCaller(stack, { user: 'other' }), provider.id)
  await aGrant(user, provider.id)
  const denied = await user.post(`/providers/${direct.id}/authorize/`)
  await user.post('/providers/callback/', { providerId: direct.id, state: denied.body.state, error: 'access_denied' })
  stack.proxies.upstream.plan({ match: ({ operation }) => operation === 'POST /token', kind: 'error' })
  await user.post('/providers/callback/', await aRedirect(user, provider.id, 'half-way'))
  stack.proxies.upstream.plan([])

  await user.get('/authorizedProviders/')
  await user.get(`/authorizedProviders/${grant.id}/`)
  await user.get(`/authorizedProviders/${grant.id}/`)
  await user.post(`/authorizedProviders/${grant.id}/accessToken/`)
  await user.get(`/authorizedProviders/${grant.id}/userinfo/`)
  await user.get(`/authorizedProviders/${grant.id}/diagnosis/`)
  await user.post(`/authorizedProviders/${grant.id}/accessToken/?minimumSeconds=1`)
  await (await aCaller(stack, { user: 'other' })).delete(`/authorizedProviders/${sibling.id}/`)

  await deviceLife(stack, user, direct)
  await credentialLife(stack, admin, user, provider)
  await integrationLife(stack, admin, user)
  await browserLife(stack, user)

  await admin.post('/jobs/', { type: 'STATS' })
  await admin.get('/jobs/')
  await admin.get('/audit/')
  await admin.delete(`/providers/${direct.id}/?dryRun=true`)
  for (const { id } of [direct, provider]) {
    const { body } = await admin.delete(`/providers/${id}/`)
    await finished(admin, body.location)
  }
  await stack.stack.functions.invoke(stack.stack.functionId('workers/sweep'), {})
}

/** Surface 2: a device flow that is denied, one that succeeds, one that renews its grant, and what comes after. */
const deviceLife = async (stack: ProxiedGrantkeeper, user: Caller, provider: Json): Promise<void> => {
  const { list, get, poll, unlink } = externalAuthOf(user)
  const { control } = stack.upstream
  control.setBehaviour({ deviceIntervalSeconds: 1 })
  for (const decision of ['deny', 'allow', 'allow'] as const) {
    const device = await aDevice(user, provider)
    await poll(provider.slug, device.device_code)
    await control.decideDevice({ userCode: device.user_code, decision })
    await eventually(
      () => poll(provider.id, device.device_code),
      ({ status, body }) => status === 204 || body.detail === 'access_denied',
    )
  }
  await list()
  await get(provider.slug)
  await unlink(provider.slug)
}

/** Surfaces 3 and 5: credentials of every fate, and connections by all their ids. */
const credentialLife = async (
  stack: ProxiedGrantkeeper,
  admin: Caller,
  user: Caller,
  provider: Json,
): Promise<void> => {
  const rows = rowsOf(stack.stack, stack.direct.dynamodb)
  const sweep = () => stack.stack.functions.invoke(stack.stack.functionId('workers/sweep'), {})
  const endless = { name: 'Kept', type: 'Raw', data: base64({ value: 'x' }) }
  const [changed, deleted, ended] = [
    (await admin.post(credentialsAt(), endless)).body.id,
    (await admin.post(credentialsAt(), endless)).body.id,
    (await admin.post(credentialsAt(), { ...endless, expiresAt: '2999-01-01T00:00:00Z' })).body.id,
  ]
  await admin.patch(credentialsAt(changed), { data: base64({ value: 'y' }) })
  await admin.post(credentialsAt(`${changed}/reveal`))
  await admin.delete(credentialsAt(deleted))

  const connection = await connectionOf(user, { providerId: provider.id, expiresAt: '2999-01-01T00:00:00Z' }, 'third')
  const swept = await connectionOf(user, { providerId: provider.id, expiresAt: '2999-01-01T00:00:00Z' }, 'fourth')
  for (const caller of [user, admin]) {
    await caller.get(credentialsAt())
    await caller.get(credentialsAt(connection.id))
    await caller.get('//api/v3/sources/user_connections/oauth/')
  }
  const { results } = (await user.get('//api/v3/sources/user_connections/oauth/?search=fourth')).body
  await user.get(`//api/v3/sources/user_connections/oauth/${results[0].pk}/`)
  await user.delete(credentialsAt(connection.id))
  for (const id of [ended, swept.id]) {
    const [row] = (await rows.of('')).filter((each) => each.id === id)
    await rows.change(row, { expiresAt: Date.now() - 1, dueAt: 1 })
  }
  await sweep()
  await aGrant(user, provider.id, 'fifth')
  const { pk } = (await user.get('//api/v3/sources/user_connections/oauth/?search=fifth')).body.results[0]
  await user.delete(`//api/v3/sources/user_connections/oauth/${pk}/`)
}

/** Surface 4: own and shared connections, by id and slug, connecting directly, and requests whose token is refused. */
const integrationLife = async (stack: ProxiedGrantkeeper, admin: Caller, user: Caller): Promise<void> => {
  const { upstream, proxiedProvider } = stack
  const api = { apiBaseUri: upstream.issuer, programmaticConnect: true }
  const own = await aProvider(stack, { ...proxiedProvider, ...api, slug: 'own', revocationScope: 'userAndApp' })
  const shared = await aProvider(stack, { ...api, slug: 'shared', shared: true })
  for (const { id, slug } of [own, shared]) {
    await aGrant(user, id)
    for (const place of [id, slug]) {
      await user.get(`//api/integrations/${place}/connection`)
      await user.post(`//api/integrations/${place}/request`, { url: '/userinfo' })
      await user.get(`//api/integrations/${place}/request/userinfo`)
    }
    upstream.control.setBehaviour({ accessTokenSeconds: 1 })
    await user.post(`//api/integrations/${id}/request`, { url: '/userinfo' })
    await user.get('//api/integration-connections')
    await admin.delete(`//api/integrations/${slug}/connection`)
    await user.delete(`//api/integrations/${slug}/connection`)
    await user.post(`//api/integrations/${id}/connect`, { refreshToken: 'nobody-gave-this' })
  }
  const redirect = await aRedirect(user, own.id, 'half-way')
  const direct = { code: redirect.code, redirectUri: 'http://127.0.0.1/app', codeVerifier: 'v'.repeat(43) }
  stack.proxies.upstream.plan({ match: ({ operation }) => operation === 'POST /token', kind: 'error' })
  await user.post('//api/integrations/own/connect', direct)
  stack.proxies.upstream.plan([])
}

/** The browser: what is kept, declined, denied, handed to the application, and what the provider fails at. */
const browserLife = async (stack: ProxiedGrantkeeper, user: Caller): Promise<void> => {
  const returnTo = 'http://127.0.0.1:9/app'
  const all = `${stack.url}/oauth2/callback`
  const named = { ...stack.proxiedProvider, slug: 'browsed', redirectUris: [returnTo] }
  const { id } = await aProvider(stack, named)
  const shared = await aProvider(stack, { ...stack.proxiedProvider, redirectUris: [all] })
  const decide = async (providerId: string, decision: string): Promise<void> => {
    const page = await openBareLastPage(await aTicket(user, providerId), 'browsing')
    await postForm(page.action, { ...page.fields, decision }, page.cookie)
  }
  for (const providerId of ['browsed', shared.id]) {
    for (const decision of ['decline', 'keep', 'keep']) await decide(providerId, decision)
    const failing = await bareThroughConsent(await aTicket(user, providerId), 'failing')
    stack.proxies.upstream.plan({ match: ({ operation }) => operation === 'POST /token', kind: 'error' })
    await fetch(failing.redirect, { headers: failing.headers })
    stack.proxies.upstream.plan([])
    const denied = await bareThroughConsent(await aTicket(user, providerId), 'denying', true)
    await fetch(denied.redirect, { headers: denied.headers })
  }
  for (const place of [id, 'browsed']) {
    const { headers } = await user.get(`//api/integrations/${place}/connect?returnTo=${encodeURIComponent(returnTo)}`)
    const { redirect } = await throughConsent(headers.get('location') ?? '', { account: 'by-handle' })
    const back = await fetch(redirect, { redirect: 'manual' })
    await completeHandle(user, new URL(back.headers.get('location') ?? '').searchParams.get('handle'))
  }
}

const finished = async (admin: Awaited<ReturnType<typeof anAdmin>>, location: string): Promise<void> => {
  const path = new URL(location).pathname.replace('/api/v2/externalOAuth', '')
  for (let tries = 0; tries < 200; tries++) {
    const { body } = await admin.get(path)
    if (body.status === 'COMPLETED') return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('The deletion did not finish')
}
