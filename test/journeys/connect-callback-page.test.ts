import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { checked } from '../support/conforms.ts'
import { begin, callbackOf, finish } from '../support/connecting.ts'
import { aCaller, aGrantkeeper, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let grace: Caller
let provider: Json

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  grace = checked(await aCaller(grantkeeper))
  provider = await aProvider(grantkeeper)
})
afterAll(() => grantkeeper.close())

const open = async (path: string): Promise<{ status: number; headers: Headers; html: string }> => {
  const response = await fetch(`${grantkeeper.url}/oauth2/callback${path}`, { redirect: 'manual' })
  return { status: response.status, headers: response.headers, html: await response.text() }
}

const tokenRequests = (): number =>
  grantkeeper.upstream.control.requests().filter(({ endpoint }) => endpoint === 'token').length

describe('where a provider sends the browser back', () => {
  test.each([
    ['of the provider', () => `/${provider.id}`],
    ['of the provider, with a slash', () => `/${provider.id}/`],
    ['of all', () => ''],
    ['of all, with a slash', () => '/'],
  ])('the page %s exchanges nothing: the application can finish the flow afterwards', async (_which, path) => {
    const { body } = await begin(grace, provider.id)
    const redirect = await consent(body.redirectUrl, { account: 'returning' })
    const before = tokenRequests()

    const page = await open(path() + redirect.search)
    const again = await open(path() + redirect.search)

    expect([page.status, again.status]).toEqual([200, 200])
    expect(page.html).toContain('Return to your application')
    expect(tokenRequests()).toBe(before)
    expect((await finish(grace, callbackOf(provider.id, redirect))).status).toBe(200)
  })

  test('the page has no script, no frame, nothing from elsewhere, and is neither kept nor told on', async () => {
    const { headers, html } = await open(`/${provider.id}?code=a&state=b`)

    const policy = Object.fromEntries(
      (headers.get('content-security-policy') ?? '').split('; ').map((rule) => [rule.split(' ')[0], rule]),
    )
    expect(policy).toEqual({
      'default-src': "default-src 'none'",
      'style-src': expect.stringMatching(/^style-src 'sha256-[\w+/]+={0,2}'$/),
      'base-uri': "base-uri 'none'",
      'form-action': "form-action 'none'",
      'frame-ancestors': "frame-ancestors 'none'",
    })
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('set-cookie')).toBeNull()
    expect(html).not.toMatch(/<script|<iframe|<img|<link|<form|https?:|\son\w+=/i)
  })

  test.each([
    '?code=%3Cscript%3Ealert(1)%3C/script%3E&state=%22%3E%3Cimg%20src=x%3E',
    '?error_description=%3Csvg%20onload=alert(1)%3E',
    '?error_uri=https://evil.example/&iss=https://evil.example',
    '?code=a&code=b&state=c&state=d',
    `?state=${'x'.repeat(4000)}`,
    '?%00=%0d%0aSet-Cookie:a=b',
    '?',
  ])('whatever the query says (%s), the page is the same to the byte', async (query) => {
    const plain = await open(`/${provider.id}`)

    const answers = [await open(`/${provider.id}${query}`), await open(query)]

    for (const { status, html } of answers) expect([status, html]).toEqual([200, plain.html])
  })

  test('says that access was not granted, and lets the application hear why', async () => {
    const { body } = await begin(grace, provider.id)
    const redirect = await consent(body.redirectUrl, { account: 'refusing', deny: true })

    const page = await open(`/${provider.id}${redirect.search}`)
    const again = await open(`/${provider.id}${redirect.search}`)
    const told = await finish(grace, callbackOf(provider.id, redirect))

    expect(page.html).toContain('<h1>Access was not granted</h1>')
    expect(page.html).toContain('Go back to the window of the application')
    expect([page.status, again.html]).toEqual([200, page.html])
    expect([told.status, told.body.error]).toEqual([400, 'access_denied'])
  })

  test.each([
    '?error=access_denied&error_description=%3Csvg%20onload=alert(1)%3E',
    '?error=%3Cscript%3Ealert(1)%3C/script%3E&state=x',
  ])('nor is anything repeated of a refusal (%s)', async (query) => {
    const plain = await open(`/${provider.id}?error=access_denied`)

    const answers = [await open(`/${provider.id}${query}`), await open(query)]

    for (const { status, html } of answers) expect([status, html]).toEqual([200, plain.html])
  })

  test('nor does it tell which providers there are', async () => {
    const known = await open(`/${provider.id}`)
    const unknown = await open('/0198c0de-0000-7000-8000-000000000000')

    expect([unknown.status, unknown.html]).toEqual([known.status, known.html])
  })

  test.each(['/%3Cscript%3E', '/a%20b', `/${'x'.repeat(129)}`])(
    '%s is no provider, and is not repeated',
    async (path) => {
      const { status, html, headers } = await open(path)

      expect(status).toBe(422)
      expect(html).not.toMatch(/script|a b|xxx/)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    },
  )
})
