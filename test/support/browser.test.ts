import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DemoUpstream, startDemoUpstream } from '../../lib/local/oauth/demo-upstream.ts'
import { type LoopbackServer, listenOnLoopback } from '../../lib/local/oauth/loopback-server.ts'
import { type Arrival, consent, ScriptedBrowser } from './browser.ts'

const REDIRECT_URI = 'http://127.0.0.1:9/oauth2/callback/provider-1'
/** RFC 7636 appendix B. */
const CODE_CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

let dataDir: string
let upstream: DemoUpstream
/** Stands for whatever redirects a browser to the upstream, and for awkward sites. */
let site: LoopbackServer

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'browser-'))
  upstream = await startDemoUpstream({ dataDir, port: 0 })
  site = await listenOnLoopback(0)
  const redirects: Record<string, string> = {
    '/connect': authorizationUrl().href,
    '/loop': '/loop',
    '/away': 'http://example.test/',
  }
  site.server.on('request', (request, response) => {
    response.writeHead(302, { location: redirects[request.url ?? ''] ?? '/' }).end()
  })
})

afterAll(async () => {
  await site.close()
  await upstream.close()
  await rm(dataDir, { recursive: true })
})

function authorizationUrl(parameters: Record<string, string> = {}): URL {
  const query = new URLSearchParams({
    client_id: upstream.client.clientId,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid email',
    state: 'state-1',
    code_challenge: CODE_CHALLENGE,
    code_challenge_method: 'S256',
    ...parameters,
  })
  return new URL(`${upstream.issuer}/authorize?${query}`)
}

function page(arrival: Arrival): Extract<Arrival, { kind: 'page' }> {
  if (arrival.kind !== 'page') throw new Error('not a page')
  return arrival
}

describe('consent', () => {
  test('ends at the redirect URI with code, state and issuer', async () => {
    const callback = await consent(authorizationUrl(), { account: 'ada' })

    expect(callback.origin + callback.pathname).toBe(REDIRECT_URI)
    expect(Object.fromEntries(callback.searchParams)).toEqual({
      code: expect.any(String),
      state: 'state-1',
      iss: upstream.issuer,
    })
  })

  test('ends there with the error when the user denies', async () => {
    const callback = await consent(authorizationUrl(), { account: 'ada', deny: true })

    expect(Object.fromEntries(callback.searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The user denied access.',
      state: 'state-1',
      iss: upstream.issuer,
    })
    expect(await upstream.control.liveGrants()).toEqual([])
  })

  test('may begin at a URL that redirects to the authorization request', async () => {
    const callback = await consent(`${site.url}/connect`, { account: 'ada' })

    expect(callback.searchParams.has('code')).toBe(true)
  })

  test('connects several accounts in one browser, since the upstream keeps no login', async () => {
    const browser = new ScriptedBrowser()

    await consent(authorizationUrl(), { account: 'ada', browser })
    const next = page(await browser.open(authorizationUrl()))
    const callback = await consent(authorizationUrl(), { account: 'grace', browser })

    expect(next.forms.map(({ fields }) => fields.has('account'))).toEqual([true])
    expect(callback.searchParams.has('code')).toBe(true)
  })

  test('says what the page said when there is no way on', async () => {
    const walk = consent(authorizationUrl({ client_id: 'nobody' }), { account: 'ada' })

    await expect(walk).rejects.toThrow(/\/authorize \(400\).*invalid_client/)
  })
})

describe('the scripted browser', () => {
  test.each([
    ['/loop', 'More than 20 redirects'],
    ['/away', 'http://example.test is not on this machine'],
  ])('gives up at %s', async (path, message) => {
    await expect(new ScriptedBrowser().open(site.url + path)).rejects.toThrow(message)
  })
})

describe('the demo upstream’s pages', () => {
  test('are plain HTML: labelled fields, no script, nothing from elsewhere', async () => {
    const browser = new ScriptedBrowser()
    const login = page(await browser.open(authorizationUrl({ login_hint: '<b>"ada"' })))
    const [form] = login.forms
    if (!form) throw new Error('no form')

    const asked = page(await browser.submit(form, { account: '<i>ada</i>' }))

    expect(form.fields.get('account')).toBe('<b>"ada"')
    expect(login.html).toContain('<label for="account">')
    expect(asked.html).toContain('&#60;i&#62;ada&#60;/i&#62;')
    for (const { html } of [login, asked]) {
      expect(html).toMatch(/<html lang="en">.*<title>.*<h1>/s)
      expect(html).not.toMatch(/<script|<link|<img|https?:|\son\w+=/)
    }
  })

  test('ask again for an account name that cannot be', async () => {
    const browser = new ScriptedBrowser()
    const [form] = page(await browser.open(authorizationUrl())).forms
    if (!form) throw new Error('no form')

    const again = page(await browser.submit(form, { account: '  ' }))

    expect(again.status).toBe(422)
    expect(again.html).toContain('role="alert"')
  })

  test('forbid scripts and frames by header', async () => {
    const response = await fetch(authorizationUrl({ client_id: 'nobody' }), { headers: { accept: 'text/html' } })

    expect(response.status).toBe(400)
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
  })

  test('are over once the sign-in is', async () => {
    const response = await fetch(`${upstream.issuer}/interaction/unknown`)

    expect(response.status).toBe(400)
    expect(await response.text()).toContain('This sign-in is no longer valid')
  })
})
