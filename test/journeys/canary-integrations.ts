import type { Caller, Json } from '../support/grantkeeper.ts'
import { answer, type HostileBehaviour } from '../support/hostile-answers.ts'
import type { HostileUpstream } from '../support/hostile-upstream.ts'

interface Life {
  readonly upstream: HostileUpstream
  readonly admin: Caller['request']
  readonly user: Caller['request']
  plant(name: string, value: string): string
  echo(status: number, error?: string): HostileBehaviour
  exchange(round: number): HostileBehaviour
  tokens(round: number): object
}

/** Connects by what an application has, with failures, and sends requests to an API that hands everything back. */
export const integrations = async (
  { upstream, admin, user, plant, echo, exchange, tokens }: Life,
  { id }: Json,
): Promise<void> => {
  const path = `//api/integrations/${id}`
  await admin('PATCH', `/providers/${id}/`, { programmaticConnect: true, apiBaseUri: upstream.url })
  const given = {
    code: plant('the code of the application', 'canary-code-of-the-app?&=+'),
    redirectUri: 'https://app.example/callback',
    codeVerifier: plant('the verifier of the application', `canary-verifier-${'v'.repeat(40)}`),
    nonce: plant('the nonce of the application', 'canary-nonce-of-the-app'),
  }
  upstream.script('token', [echo(400, 'invalid_grant'), echo(500), echo(200), echo(200)])
  for (let tries = 0; tries < 3; tries++) await user('POST', `${path}/connect`, given)
  const refreshToken = plant('the refresh token of the application', 'canary-refresh-of-the-app/+==')
  upstream.script('token', [echo(401, 'invalid_client')])
  await user('POST', `${path}/connect`, { refreshToken })
  await admin('PATCH', `/providers/${id}/`, {
    clientSecret: plant('the client secret after that', 'canary-secret-anew'),
  })
  upstream.script('token', [echo(400, 'invalid_request'), answer(200, tokens(5))])
  upstream.script('userinfo', [echo(500), answer(200, { sub: 'account-8' })])
  for (let tries = 0; tries < 3; tries++) await user('POST', `${path}/connect`, { refreshToken })

  upstream.script('userinfo', [echo(200), echo(500), echo(403), echo(418)])
  for (let tries = 0; tries < 3; tries++) await user('POST', `${path}/request`, { url: '/userinfo' })
  await user('GET', `${path}/request/userinfo`)
  // Refused, refreshed, and refused again.
  upstream.script('userinfo', [echo(401), echo(401)])
  upstream.script('token', [answer(200, tokens(6))])
  await user('POST', `${path}/request`, { url: '/userinfo' })
  upstream.script('userinfo', ({ response }) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'))
  await user('POST', `${path}/request`, { url: '/userinfo' })
  await user('POST', `${path}/request`, { url: '//canary' })
  await user('GET', `${path}/connection`)
  await user('GET', '//api/integration-connections')
  upstream.script('revocation', [echo(400), echo(500)])
  await user('DELETE', `${path}/connection`)
  upstream.script('token', [exchange(7)])
}
