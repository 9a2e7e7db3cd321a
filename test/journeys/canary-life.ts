import { type Answer, aCaller, anAdmin, type Caller, type Json } from '../support/grantkeeper.ts'
import { answer, type HostileBehaviour } from '../support/hostile-answers.ts'
import { type HostileUpstream, startHostileUpstream } from '../support/hostile-upstream.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { rowsOf } from '../support/rows.ts'
import { integrations } from './canary-integrations.ts'

/** An answer of the API, and what it was asked. */
export interface Recorded extends Answer {
  readonly asked: string
}

/** A stack with a hostile upstream, whose every answer is kept. */
export interface Scene {
  readonly grantkeeper: ProxiedGrantkeeper
  readonly upstream: HostileUpstream
  readonly answers: readonly Recorded[]
  /** At which provider's endpoints were asked; the authorization request, whose URL holds the state, is not among them. */
  readonly urls: readonly string[]
  /** All secrets so far, by name. */
  readonly canaries: ReadonlyMap<string, string>
  close(): Promise<void>
}

/** Awkward in every encoding. */
const awkward = ' "quoted" \\ é+/?&=%'
const secret = (name: string): string => `canary-${name}-${Math.random().toString(36).slice(2)}${awkward}`
const token = (name: string): string => `canary-${name}-${Math.random().toString(36).slice(2)}-._~+/`

/** Lives through everything that touches a secret, with failures on the way that hand it around. */
export const liveThrough = async (): Promise<Scene> => {
  const grantkeeper = await aProxiedGrantkeeper()
  const upstream = await startHostileUpstream()
  const answers: Recorded[] = []
  const urls: string[] = []
  const canaries = new Map<string, string>()
  const plant = (name: string, value: string): string => {
    canaries.set(name, value)
    return value
  }
  const recorded =
    (caller: Caller): Caller['request'] =>
    async (method, path, body, headers) => {
      const reply = await caller.request(method, path, body, headers)
      answers.push({ ...reply, asked: `${method} ${path.split('?')[0]}` })
      return reply
    }
  const adminCaller = await anAdmin(grantkeeper)
  const userCaller = await aCaller(grantkeeper)
  const admin = recorded(adminCaller)
  const user = recorded(userCaller)
  plant('the JWT of the admin', adminCaller.token)
  plant('the JWT of the user', userCaller.token)

  const email = plant('the e-mail address', 'canary.person@private.example')
  const account = { sub: 'account-7', email, name: plant('the name of the person', 'Canary Q. Person') }
  /** Hands back all that it was sent, in every place that an answer has. */
  const echo =
    (status: number, error?: string): HostileBehaviour =>
    ({ request, response }) => {
      urls.push(request.url ?? '')
      const sent = JSON.stringify(upstream.requests().at(-1))
      const header = sent.replace(/[^\x20-\x7e]/g, '?')
      const body = {
        error: error ?? sent,
        error_description: sent,
        error_uri: sent,
        access_token: '',
        sent,
        // Everything that is kept of an error answer, full of what was sent.
        suberror: upstream.requests().at(-1)?.params.refresh_token,
        error_subtype: sent,
        claims: JSON.stringify({ access_token: upstream.requests().at(-1) }),
      }
      response
        .writeHead(status, {
          'content-type': 'application/json',
          'www-authenticate': `Bearer error="${header}"`,
          'x-echo': header,
        })
        .end(JSON.stringify(body))
    }
  const tokens = (round: number) => ({
    access_token: plant(`access token ${round}`, token(`access-${round}`)),
    refresh_token: plant(`refresh token ${round}`, token(`refresh-${round}`)),
    token_type: 'Bearer',
    expires_in: 3600,
  })
  /** The honest answer, ID token and all, with tokens that can be told. */
  const exchange =
    (round: number): HostileBehaviour =>
    async ({ request, response, work }) => {
      urls.push(request.url ?? '')
      const { body } = await work()
      if (body?.['id_token']) plant(`ID token ${round}`, String(body['id_token']))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...body, ...tokens(round) }))
    }

  const register = async (style: string): Promise<Json> => {
    const clientSecret = plant(`the ${style} client secret`, secret(style))
    const { authorization, device: deviceUrl, token: tokenUrl, userinfo, revocation } = upstream.endpoints
    const places = { userInfoUrl: userinfo, revocationUri: revocation, deviceUrl }
    const explicit = { authorizationUrl: authorization, tokenUrl, ...places }
    const common = { name: `By ${style}`, clientId: 'canary-client', revocationScope: 'token', clientSecret }
    const body =
      style === 'oidc' ? { type: 'oidc', issuer: upstream.url } : { type: 'oauth2', ...explicit, authMethod: style }
    return (await admin('POST', '/providers/', { ...common, ...body })).body
  }
  const flow = async (provider: Json, place: string, query = ''): Promise<Json> => {
    const { body } = await user('POST', `/providers/${provider.id}/authorize/${query}`)
    plant(`the state of ${place}`, body.state)
    const nonce = new URL(body.redirectUrl).searchParams.get('nonce')
    if (nonce !== null) plant(`the nonce of ${place}`, nonce)
    const { headers } = await fetch(`${body.redirectUrl}&login_hint=account-7`, { redirect: 'manual' })
    const code = plant(`the code of ${place}`, new URL(headers.get('location') ?? '').searchParams.get('code') ?? '')
    return { providerId: provider.id, state: body.state, code }
  }
  const finish = (body: Json) => user('POST', '/providers/callback/', body)
  const rows = rowsOf(grantkeeper.stack, grantkeeper.direct.dynamodb)
  /** Makes the next call refresh, whatever failed before. */
  const expire = async (grant: Json): Promise<void> => {
    const row = (await rows.of('GRANT#')).find(({ id }) => id === grant.id)
    await rows.change(row, { accessTokenExpiresAt: Date.now() - 1000, retryAt: undefined, leaseUntil: undefined })
  }
  const use = async (grant: Json): Promise<void> => {
    await user('POST', `/authorizedProviders/${grant.id}/accessToken/`)
    await user('GET', `/authorizedProviders/${grant.id}/userinfo/`)
  }
  const diagnose = (grant: Json) => user('GET', `/authorizedProviders/${grant.id}/diagnosis/`)
  const { dynamodb, kms, sqs } = grantkeeper.proxies

  /** Device flows that fail to begin, that are pending, and one that is done after its answer was lost. */
  const devices = async (provider: Json): Promise<void> => {
    const external = `//api/v2/external-auth/${provider.id}`
    upstream.script('device', [echo(400, 'invalid_scope'), echo(500), echo(200), echo(401, 'invalid_client')])
    for (let tries = 0; tries < 4; tries++) await user('GET', `${external}/device`)
    const codes = {
      device_code: plant('the device code', token('device')),
      user_code: plant('the user code', 'CANARY-USER-CODE'),
      verification_uri: upstream.endpoints.device,
    }
    upstream.script('device', answer(200, codes))
    const { body } = await user('GET', `${external}/device`)
    plant('the handle', body.device_code)
    const poll = async (): Promise<Answer> => {
      const row = (await rows.of('FLOW#')).find(({ intervalSeconds }) => intervalSeconds !== undefined)
      if (row) await rows.change(row, { nextPollAt: 1, ...(row.claimUntil && { claimUntil: 1 }) })
      return user('POST', `${external}/device`, { device_code: body.device_code })
    }
    upstream.script('token', [echo(400, 'authorization_pending'), echo(500), echo(200), exchange(4)])
    for (let tries = 0; tries < 3; tries++) await poll()
    dynamodb.plan({ match: ({ operation }) => operation === 'TransactWriteItems', times: 12, kind: 'error' })
    await poll()
    dynamodb.plan([])
    await poll()
    await poll()
    await user('POST', '//api/v2/external-auth/unknown/device', { device_code: body.device_code })
    await user('GET', external)
    await user('GET', '//api/v2/external-auth')
    upstream.script('userinfo', echo(401))
    await user('GET', external)
    upstream.script('userinfo', answer(200, account))
    await user('DELETE', external)
  }

  const misplaced = plant('a secret in a wrong place', secret('misplaced'))
  await admin('POST', '/providers/', `{"clientSecret":${JSON.stringify(misplaced)},`)
  await admin('POST', '/providers/', {
    type: misplaced,
    clientSecret: misplaced,
    name: 7,
    authMethod: misplaced,
    issuer: misplaced,
  })
  await admin('POST', '/providers/', {
    type: 'oidc',
    name: 'x',
    clientId: 'x',
    clientSecret: misplaced,
    issuer: `http://127.0.0.1:9/?key=${encodeURIComponent(misplaced)}`,
  })
  await admin('GET', `/providers/${encodeURIComponent(misplaced)}/?access_token=${encodeURIComponent(misplaced)}`)
  await finish({
    providerId: 'unknown',
    state: misplaced,
    code: misplaced,
    error: misplaced,
    errorDescription: misplaced,
  })

  const oidc = await register('oidc')
  const post = await register('client_secret_post')
  const basic = await register('client_secret_basic')
  await admin('PATCH', `/providers/${basic.id}/`, {
    clientSecret: plant('the client secret that came later', secret('later')),
  })
  for (const provider of [oidc, post, basic]) {
    for (const [status, error] of [
      [400, 'invalid_grant'] as const,
      [500] as const,
      [200] as const,
      [401, 'invalid_request'] as const,
    ]) {
      upstream.script('token', [echo(status, error), echo(status, error)])
      await finish(await flow(provider, `a flow that failed by ${status} at ${provider.name}`))
    }
  }
  upstream.script('token', [
    answer(200, `{"access_token":"${plant('the token of a torn answer', token('torn'))}","refresh`),
  ])
  await finish(await flow(post, 'a flow with a torn answer'))

  upstream.script('userinfo', answer(200, { ...account, echo: { access_token: 'x', token: 'x' } }))
  upstream.script('token', [exchange(1)])
  const grant = (
    await finish(await flow(oidc, 'the first flow', `?state=${encodeURIComponent('canary-state-of-its-own')}`))
  ).body.authorizedProvider
  await use(grant)
  // Everything comes back to the caller's profile: the token it was asked with, too.
  upstream.script('userinfo', ({ request, response }) => {
    urls.push(request.url ?? '')
    const { authorization } = upstream.requests().at(-1) ?? {}
    const body = { ...account, authorization, seen: [authorization], refresh_token: canaries.get('refresh token 1') }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await use(grant)
  await diagnose(grant)

  for (const [status, error] of [[500] as const, [429] as const, [400, 'invalid_request'] as const, [200] as const]) {
    upstream.script('token', [echo(status, error)])
    await expire(grant)
    await use(grant)
    await diagnose(grant)
  }
  upstream.script('token', [answer(200, tokens(2))])
  dynamodb.plan({
    match: ({ operation, body }) => operation === 'UpdateItem' && JSON.stringify(body).includes('refreshCount'),
    times: 4,
    kind: 'error',
  })
  await expire(grant)
  await use(grant)
  upstream.script('userinfo', echo(401))
  await use(grant)
  kms.plan({ at: 1, times: 1000, kind: 'error' })
  grantkeeper.stack.functions.kill()
  await use(grant)
  kms.plan([])

  // The tokens are had, and nothing can be written: they wait in the flow for the same call to be made again.
  upstream.script('userinfo', answer(200, account))
  upstream.script('token', [exchange(3)])
  const stuck = await flow(basic, 'a flow that the table refused')
  dynamodb.plan({ match: ({ operation }) => operation === 'TransactWriteItems', times: 12, kind: 'error' })
  await finish(stuck)
  dynamodb.plan([])
  const second = (await finish(stuck)).body.authorizedProvider
  await use(second)
  for (const provider of [oidc, post, basic]) {
    // The last one takes the client again.
    for (const reply of [echo(401, 'invalid_client'), echo(200), echo(500), echo(400, 'invalid_grant')]) {
      upstream.script('token', [reply])
      upstream.script('revocation', [reply])
      await admin('POST', `/providers/${provider.id}/verify/`)
    }
  }
  for (const request of upstream.requests()) {
    if (request.params['code_verifier'])
      plant(`a verifier (${request.params['code']?.slice(0, 4)})`, request.params['code_verifier'])
  }

  await devices(post)
  await integrations({ upstream, admin, user, plant, echo, exchange, tokens }, post)

  const credentials = '//organisations/acme/credentials'
  const inBase64 = (text: string): string => Buffer.from(text).toString('base64')
  const keep = (type: string, data: Record<string, string>, redactFields: string[] = []): Promise<Json> =>
    admin('POST', credentials, { name: `A ${type}`, type, data, redactFields })
  const hidden = (name: string): string => inBase64(plant(`the credential ${name}`, secret(name)))
  const kept = [
    await keep('Raw', { value: hidden('value') }),
    await keep('BasicAuth', { username: inBase64('ada'), password: hidden('password') }),
    await keep('Default', { user: inBase64('ada'), key: hidden('key') }, ['key']),
  ]
  await keep('Raw', { value: inBase64(misplaced), other: misplaced })
  await keep('BasicAuth', { username: inBase64(`:${misplaced}`), password: inBase64(misplaced) })
  for (const { body } of kept) {
    const at = `${credentials}/${body.id}`
    await admin('PATCH', at, { name: 'Renamed', redactFields: ['key', 'user'] })
    await user('GET', at)
    await user('POST', `${at}/reveal`)
    await admin('POST', `${at}/reveal`)
    kms.plan({ at: 1, times: 1000, kind: 'error' })
    grantkeeper.stack.functions.kill()
    await admin('POST', `${at}/reveal`)
    kms.plan([])
  }
  await user('GET', credentials)
  await user('GET', `//connections/oauth2/callback?${new URLSearchParams({ state: misplaced, error: misplaced })}`)
  await user('GET', '//api/v3/sources/user_connections/oauth/')
  await user('GET', `//api/v3/sources/user_connections/oauth/${encodeURIComponent(misplaced)}/`)

  upstream.script('revocation', [echo(400), echo(500)])
  await user('DELETE', `/authorizedProviders/${grant.id}/`)
  upstream.script('revocation', [echo(503), echo(200)])
  sqs.plan({ at: 1, times: 6, kind: 'lostAnswer' })
  for (const provider of [oidc, post, basic]) await admin('DELETE', `/providers/${provider.id}/`)
  return {
    grantkeeper,
    upstream,
    answers,
    urls,
    canaries,
    close: async () => {
      await grantkeeper.close()
      await upstream.close()
    },
  }
}
