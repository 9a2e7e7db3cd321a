import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { answer, aProviderAt, asked, lastRequest, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startProvider()
})
afterAll(() => upstream?.close())
beforeEach(() => upstream.reset())

const ask = (installationsUrl = `${upstream.origin}/user/installations?per_page=100`) =>
  asked.installations(aProviderAt(upstream.origin, { installationsUrl }), 'the access token')

const installation = (id: number) => ({
  id,
  account: {
    login: `org-${id}`,
    id: id + 1,
    avatar_url: `https://avatars.example/${id}`,
    html_url: `https://github.com/org-${id}`,
  },
  html_url: `https://github.com/organizations/org-${id}/settings/installations/${id}`,
})
const listed = (id: number) => ({
  id,
  account: {
    id: id + 1,
    login: `org-${id}`,
    name: '',
    picture: `https://avatars.example/${id}`,
    profileUrl: `https://github.com/org-${id}`,
  },
  settingsUrl: `https://github.com/organizations/org-${id}/settings/installations/${id}`,
})
/** Answers one page after the other; each but the last says that there is more at `next`. */
const pages = (
  count: number,
  next = (page: number) => `${upstream.origin}/user/installations?per_page=100&page=${page}`,
) => {
  upstream.answer = (response) => {
    const page = upstream.seen.length
    const link = page < count ? { link: `<https://other.example>; rel="first", <${next(page + 1)}>; rel="next"` } : {}
    answer(200, { total_count: count, installations: [installation(page)] }, link)(response)
  }
}

describe('the installations of an app', () => {
  test('are asked for with the token, as GitHub wants to be asked', async () => {
    pages(1)

    await ask()

    const { method, path, headers } = lastRequest(upstream)
    expect([method, path]).toEqual(['GET', '/user/installations?per_page=100'])
    expect(headers).toMatchObject({
      authorization: 'Bearer the access token',
      accept: 'application/vnd.github+json',
      'user-agent': 'grantkeeper',
      'x-github-api-version': '2022-11-28',
    })
  })

  test('are those of all pages, in their order', async () => {
    pages(3)

    expect(await ask()).toEqual([listed(1), listed(2), listed(3)])
  })

  test('end after twenty pages, whatever is said', async () => {
    pages(1000)

    expect(await ask()).toHaveLength(20)
    expect(upstream.seen).toHaveLength(20)
  })

  test.each([
    ['another host', () => 'http://127.0.0.1:9/user/installations?page=2'],
    ['another path', () => `${upstream.origin}/elsewhere?page=2`],
    ['no URL', () => 'http://'],
  ])('are not looked for at %s: the token goes nowhere else', async (_, next) => {
    pages(2, next)

    expect(await ask()).toEqual([listed(1)])
    expect(upstream.seen).toHaveLength(1)
  })

  test('without an account are left out, and what is not said is empty', async () => {
    const body = { installations: [{ id: 1, account: null }, { id: 2 }, 'nonsense', { id: 3, account: { id: 4 } }] }
    upstream.answer = answer(200, body)

    const empty = { login: '', name: '', picture: '', profileUrl: '' }
    expect(await ask()).toEqual([{ id: 3, account: { id: 4, ...empty }, settingsUrl: '' }])
  })

  test('are none when there are none', async () => {
    upstream.answer = answer(200, { total_count: 0, installations: [] })

    expect(await ask()).toEqual([])
  })

  test.each<[string, ...Parameters<typeof answer>]>([
    [
      'an OAuth App is refused',
      403,
      { message: 'You must authenticate with an access token authorized to a GitHub App' },
    ],
    ['the token is refused', 401],
    ['the provider fails', 500],
    ['the answer is no object', 200, []],
    ['the answer is no JSON', 200, '<html>'],
    ['the provider redirects', 302, '', { location: '/elsewhere' }],
  ])('are unknown, without an error, when %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await ask()).toBeUndefined()
  })

  test('are unknown when the provider cannot be reached', async () => {
    expect(await ask('http://127.0.0.1:9/user/installations')).toBeUndefined()
  })

  test('are not asked for where there are none', async () => {
    expect(await asked.installations(aProviderAt(upstream.origin), 'the access token')).toBeUndefined()
    expect(upstream.seen).toEqual([])
  })
})
