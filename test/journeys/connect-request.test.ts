import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { checked } from '../support/conforms.ts'
import { aPlainProvider, begin, callbackOf, finish, redirectFrom } from '../support/connecting.ts'
import { deep } from '../support/deep.ts'
import { aCaller, aGrantkeeper, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { type HostileUpstream, startHostileUpstream } from '../support/hostile-upstream.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let upstream: HostileUpstream
let rows: Rows
let grace: Caller
let strict: Json
let lenient: Json

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  upstream = await startHostileUpstream()
  rows = rowsOf(grantkeeper.stack)
  grace = checked(await aCaller(grantkeeper))
  strict = await aProvider(grantkeeper)
  lenient = await aProvider(grantkeeper, { skipConsent: true })
})
afterAll(async () => {
  await grantkeeper.close()
  await upstream.close()
})

const asked = async (providerId: string, query: Record<string, string> = {}): Promise<URLSearchParams> =>
  new URL((await begin(grace, providerId, query)).body.redirectUrl).searchParams

describe('skip_consent', () => {
  test.each([
    { provider: () => strict, query: undefined, prompt: 'consent' },
    { provider: () => strict, query: '', prompt: 'consent' },
    { provider: () => strict, query: 'false', prompt: 'consent' },
    { provider: () => strict, query: '0', prompt: 'consent' },
    { provider: () => lenient, query: undefined, prompt: null },
    { provider: () => lenient, query: 'true', prompt: null },
    { provider: () => lenient, query: '1', prompt: null },
    { provider: () => lenient, query: 'false', prompt: 'consent' },
    { provider: () => lenient, query: '0', prompt: 'consent' },
  ])('narrows what the provider allows: $query gives the prompt $prompt', async ({ provider, query, prompt }) => {
    const params = await asked(provider().id, query === undefined ? {} : { skip_consent: query })

    expect(params.get('prompt')).toBe(prompt)
  })

  test.each(['true', '1'])('%s is refused where the admin has not allowed it', async (value) => {
    const answer = await begin(grace, strict.id, { skip_consent: value })

    expect(answer).toMatchObject({ status: 422, body: { errorFields: [{ name: 'skip_consent' }] } })
  })

  test.each(['yes', 'TRUE', 'null', '2', 'true,false', ' true'])('%j is not a flag', async (value) => {
    const answer = await begin(grace, lenient.id, { skip_consent: value })

    expect(answer).toMatchObject({ status: 422, body: { errorFields: [{ name: 'skip_consent' }] } })
  })
})

describe('scopes', () => {
  test.each([
    ["the provider's, where the caller names none", [], 'openid profile email offline_access'],
    ['those of a list', [['scopes', 'openid,read']], 'openid read'],
    [
      'those of a repeated key',
      [
        ['scopes', 'openid'],
        ['scopes', 'write'],
      ],
      'openid write',
    ],
    ["the provider's, where the list is empty", [['scopes', '']], 'openid profile email offline_access'],
  ] as [string, [string, string][], string][])('%s', async (_what, query, scope) => {
    const { body } = await begin(grace, strict.id, query)

    expect(new URL(body.redirectUrl).searchParams.get('scope')).toBe(scope)
  })

  test('the grant says what was granted, not what was asked', async () => {
    const { body } = await begin(grace, strict.id, { scopes: 'openid,read' })
    const answer = await finish(grace, callbackOf(strict.id, await consent(body.redirectUrl, { account: 'scoped' })))

    expect(answer.body.authorizedProvider.scopes).toEqual(['openid', 'read'])
  })

  test.each(['a b', 'ü', 'x'.repeat(257)])('%j is no scope', async (scope) => {
    const answer = await begin(grace, strict.id, { scopes: scope })

    expect(answer).toMatchObject({ status: 422, body: { errorFields: [{ name: 'scopes' }] } })
  })
})

describe("the caller's state", () => {
  const printable = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 8,
    maxLength: 512,
  })

  test('is used verbatim, in the answer and in the URL, and comes back so', async () => {
    const plain = await aPlainProvider(grantkeeper, upstream)
    await fc.assert(
      fc.asyncProperty(printable, async (state) => {
        const { body, status } = await begin(grace, plain.id, { state })
        expect([status, body.state, new URL(body.redirectUrl).searchParams.get('state')]).toEqual([200, state, state])
        const redirect = await redirectFrom(body.redirectUrl)
        expect((await finish(grace, callbackOf(plain.id, redirect))).status).toBe(200)
      }),
      { numRuns: deep ? 300 : 25 },
    )
  })

  test('left out or empty means one of ours: 256 bits, and the same in answer and URL', async () => {
    const answers = await Promise.all([begin(grace, strict.id), begin(grace, strict.id, { state: '' })])

    for (const { body } of answers) {
      expect(body.state).toMatch(/^[\w-]{43}$/)
      expect(new URL(body.redirectUrl).searchParams.get('state')).toBe(body.state)
    }
    expect(answers[0]?.body.state).not.toBe(answers[1]?.body.state)
  })

  test.each([
    ['too short', 'a'.repeat(7)],
    ['too long', 'a'.repeat(513)],
    ['not printable', `new\nline-${'a'.repeat(8)}`],
    ['with a null byte', `\0${'a'.repeat(8)}`],
    ['not ASCII', `grüße-${'a'.repeat(8)}`],
  ])('%s: 422', async (_what, state) => {
    const answer = await begin(grace, strict.id, { state })

    expect(answer).toMatchObject({ status: 422, body: { errorFields: [{ name: 'state' }] } })
  })

  test('given twice: 422', async () => {
    const state = 'twice-in-one-request'

    expect(
      (
        await begin(grace, strict.id, [
          ['state', state],
          ['state', state],
        ])
      ).status,
    ).toBe(422)
  })

  test('that is live already is 422, for the same user and for another; the first flow is not disturbed', async () => {
    const state = 'a-state-used-twice'
    const ida = checked(await aCaller(grantkeeper, { user: 'ida' }))
    const first = await begin(grace, strict.id, { state })
    const attempts = await Promise.all([begin(grace, strict.id, { state }), begin(ida, lenient.id, { state })])

    expect(attempts.map(({ status, body }) => [status, body.errorFields[0].name])).toEqual([
      [422, 'state'],
      [422, 'state'],
    ])
    const redirect = await consent(first.body.redirectUrl, { account: 'undisturbed' })
    expect((await finish(grace, callbackOf(strict.id, redirect))).status).toBe(200)
  })

  test('of ten flows that begin with the same at once, one begins', async () => {
    const state = 'ten-at-once-with-one-state'
    const answers = await Promise.all(Array.from({ length: 10 }, () => begin(grace, strict.id, { state })))

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 422)])
  })

  test('may be used again when its flow is over, or too old', async () => {
    const state = 'a-state-used-again'
    const first = await begin(grace, strict.id, { state })
    await finish(grace, callbackOf(strict.id, await consent(first.body.redirectUrl, { account: 'over' })))
    const second = await begin(grace, strict.id, { state })
    for (const row of await rows.of('FLOW')) await rows.change(row, { expiresAt: Date.now() - 1 })
    const third = await begin(grace, strict.id, { state })

    expect([second.status, third.status]).toEqual([200, 200])
    const redirect = await consent(third.body.redirectUrl, { account: 'over' })
    expect((await finish(grace, callbackOf(strict.id, redirect))).status).toBe(200)
  })

  test('is of its organization: two may choose alike, and each finishes its own flow', async () => {
    const state = 'the-same-in-two-organizations'
    const foreign = checked(await aCaller(grantkeeper, { org: 'umbrella' }))
    const theirs = await aProvider(grantkeeper, {}, { org: 'umbrella' })
    const begun = [await begin(grace, strict.id, { state }), await begin(foreign, theirs.id, { state })]
    const [mine, their] = await Promise.all(
      begun.map(({ body }, place) => consent(body.redirectUrl, { account: `org-${place}` })),
    )

    const answers = [
      await finish(foreign, callbackOf(theirs.id, their as URL)),
      await finish(grace, callbackOf(strict.id, mine as URL)),
    ]

    expect(answers.map(({ status, body }) => [status, body.authorizedProvider?.accountId])).toEqual([
      [200, 'org-1'],
      [200, 'org-0'],
    ])
  })
})

describe('PKCE', () => {
  test('is S256, fresh for every flow, and its verifier goes to the token endpoint alone', async () => {
    const plain = await aPlainProvider(grantkeeper, upstream, { scopes: ['openid'] })
    const challenges = new Set<string>()
    for (let flow = 0; flow < 5; flow++) {
      const { body, text } = await begin(grace, plain.id)
      const url = new URL(body.redirectUrl)
      const answer = await finish(grace, callbackOf(plain.id, await redirectFrom(body.redirectUrl)))
      const verifier =
        upstream.requests().findLast(({ endpoint }) => endpoint === 'token')?.params['code_verifier'] ?? ''
      challenges.add(url.searchParams.get('code_challenge') ?? '')

      expect(verifier).toMatch(/^[\w.~-]{43,128}$/)
      expect(url.searchParams.get('code_challenge_method')).toBe('S256')
      expect(url.searchParams.get('code_challenge')).toBe(createHash('sha256').update(verifier).digest('base64url'))
      expect(url.searchParams.get('nonce')).toMatch(/^[\w-]{43}$/)
      expect(text + answer.text).not.toContain(verifier)
    }
    expect(challenges.size).toBe(5)
  })
})
