import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { aPlainProvider, begin, callbackOf, finish, redirectFrom } from '../support/connecting.ts'
import { aCaller, aGrantkeeper, type Caller, type Json } from '../support/grantkeeper.ts'
import { type HostileUpstream, startHostileUpstream } from '../support/hostile-upstream.ts'

const LISTED = 'https://app.example.com/oauth/done?env=prod&next=a%2Fb'
const OTHER = 'https://app.example.com/Other/'

let grantkeeper: LocalGrantkeeper
let upstream: HostileUpstream
let grace: Caller
let provider: Json

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  upstream = await startHostileUpstream()
  grace = checked(await aCaller(grantkeeper))
  provider = await aPlainProvider(grantkeeper, upstream, { redirectUris: [LISTED, OTHER] })
})
afterAll(async () => {
  await grantkeeper.close()
  await upstream.close()
})

const connect = async (providerId: string, query: Record<string, string>) => {
  const { body } = await begin(grace, providerId, query)
  const answer = await finish(grace, callbackOf(providerId, await redirectFrom(body.redirectUrl)))
  const sent = upstream.requests().filter(({ endpoint }) => endpoint === 'token')
  return {
    asked: new URL(body.redirectUrl).searchParams.get('redirect_uri'),
    sent: sent.at(-1)?.params['redirect_uri'],
    status: answer.status,
  }
}

describe('what is on the list, to the character, is taken, and the token request carries the very same', () => {
  test.each([
    ['an entry with its query', LISTED],
    ['another entry', OTHER],
  ])('%s', async (_what, redirectUri) => {
    const connected = await connect(provider.id, { redirect_uri: redirectUri })

    expect(connected).toEqual({ asked: redirectUri, sent: redirectUri, status: 200 })
  })

  test("the provider's own callback URL, without being listed", async () => {
    const connected = await connect(provider.id, { redirect_uri: provider.callbackUrl })

    expect(connected).toEqual({ asked: provider.callbackUrl, sent: provider.callbackUrl, status: 200 })
  })

  test.each([
    ['one entry: that', [LISTED], LISTED],
    ['several: the callback URL', [LISTED, OTHER], undefined],
    ['none: the callback URL', [], undefined],
  ])('where the caller names none, with a list of %s', async (_what, redirectUris, expected) => {
    const chosen = await aPlainProvider(grantkeeper, upstream, { redirectUris })

    const connected = await connect(chosen.id, {})
    const withEmpty = await connect(chosen.id, { redirect_uri: '' })

    const uri = expected ?? chosen.callbackUrl
    expect(connected).toEqual({ asked: uri, sent: uri, status: 200 })
    expect(withEmpty.asked).toBe(uri)
  })
})

describe('anything else is 422 and names redirect_uri', () => {
  const path = '/oauth/done?env=prod&next=a%2Fb'
  const variants: [how: string, redirectUri: string][] = [
    ['another host', `https://evil.example${path}`],
    ['a host that begins alike', `https://app.example.com.evil.example${path}`],
    ['a host that ends alike', `https://evil-app.example.com${path}`],
    ['a subdomain', `https://x.app.example.com${path}`],
    ['the parent domain', `https://example.com${path}`],
    ['a trailing dot', `https://app.example.com.${path}`],
    ['a host in capitals', `https://APP.example.com${path}`],
    ['a look-alike letter', `https://\u0430pp.example.com${path}`],
    ['the look-alike in punycode', `https://xn--pp-6kc.example.com${path}`],
    ['full-width letters', `https://\uff41pp.example.com${path}`],
    ['another scheme', `http://app.example.com${path}`],
    ['a scheme in capitals', `HTTPS://app.example.com${path}`],
    ['a scheme of an app', `myapp://app.example.com${path}`],
    ['no scheme', `//app.example.com${path}`],
    ['the default port', `https://app.example.com:443${path}`],
    ['another port', `https://app.example.com:8443${path}`],
    ['a user before the host', `https://grace@app.example.com${path}`],
    ['a user and a password', `https://grace:secret@app.example.com${path}`],
    ['the host as a user of another', `https://app.example.com@evil.example${path}`],
    ['the host as a user, encoded', `https://app.example.com%40evil.example${path}`],
    ['a backslash before another host', `https://app.example.com\\@evil.example${path}`],
    ['backslashes for slashes', `https:\\\\app.example.com${path}`],
    ['an encoded slash in the host', `https://app.example.com%2f.evil.example${path}`],
    ['a null byte in the host', `https://app.example.com%00.evil.example${path}`],
    ['a path below', 'https://app.example.com/oauth/done/more?env=prod&next=a%2Fb'],
    ['a path above', 'https://app.example.com/oauth?env=prod&next=a%2Fb'],
    ['another path', 'https://app.example.com/oauth/gone?env=prod&next=a%2Fb'],
    ['a trailing slash', 'https://app.example.com/oauth/done/?env=prod&next=a%2Fb'],
    ['a slash too many', 'https://app.example.com//oauth/done?env=prod&next=a%2Fb'],
    ['a path in capitals', 'https://app.example.com/OAuth/done?env=prod&next=a%2Fb'],
    ['dots that lead back', 'https://app.example.com/oauth/x/../done?env=prod&next=a%2Fb'],
    ['dots that lead out', 'https://app.example.com/oauth/done/../../evil?env=prod&next=a%2Fb'],
    ['encoded dots', 'https://app.example.com/oauth/%2e%2e/oauth/done?env=prod&next=a%2Fb'],
    ['a dot', 'https://app.example.com/oauth/./done?env=prod&next=a%2Fb'],
    ['an encoded slash in the path', 'https://app.example.com/oauth%2fdone?env=prod&next=a%2Fb'],
    ['an encoded letter', 'https://app.example.com/oauth/%64one?env=prod&next=a%2Fb'],
    ['parameters of the path', 'https://app.example.com/oauth/done;x=1?env=prod&next=a%2Fb'],
    ['no query', 'https://app.example.com/oauth/done'],
    ['an empty query', 'https://app.example.com/oauth/done?'],
    ['part of the query', 'https://app.example.com/oauth/done?env=prod'],
    ['the query in another order', 'https://app.example.com/oauth/done?next=a%2Fb&env=prod'],
    ['another value', 'https://app.example.com/oauth/done?env=test&next=a%2Fb'],
    ['the query decoded', 'https://app.example.com/oauth/done?env=prod&next=a/b'],
    ['the query encoded in small letters', 'https://app.example.com/oauth/done?env=prod&next=a%2fb'],
    ['one more parameter', `${LISTED}&x=1`],
    ['one more ampersand', `${LISTED}&`],
    ['a repeated parameter', `${LISTED}&env=prod`],
    ['a code of its own', `${LISTED}&code=stolen`],
    ['a fragment', `${LISTED}#code=1`],
    ['an empty fragment', `${LISTED}#`],
    ['an encoded fragment', `${LISTED}%23`],
    ['a space before', ` ${LISTED}`],
    ['a space after', `${LISTED} `],
    ['a line break after', `${LISTED}\r\nSet-Cookie: a=b`],
    ['a tab in the scheme', LISTED.replace('https', 'ht\ttps')],
    ['two entries', `${LISTED},${OTHER}`],
    ['a prefix that is not listed', 'https://app.example.com/'],
    ['the other entry without its slash', 'https://app.example.com/Other'],
    ['a wildcard', 'https://app.example.com/*'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,hello'],
    ['a file', 'file:///etc/passwd'],
    ['out of band', 'urn:ietf:wg:oauth:2.0:oob'],
    ['this machine', 'http://localhost:8080/callback'],
    ['a word', 'done'],
    ['null', 'null'],
    ['more than a URL may have', `${LISTED}&x=${'a'.repeat(2100)}`],
  ]

  test.each(variants)('%s', async (_how, redirectUri) => {
    const answer = await begin(grace, provider.id, { redirect_uri: redirectUri })

    expect(answer).toMatchObject({ status: 422, body: { errorFields: [{ name: 'redirect_uri' }] } })
    expect(answer.text).not.toContain('evil')
  })

  test('the callback URL of another provider, and variants of its own', async () => {
    const other = await aPlainProvider(grantkeeper, upstream)
    const own = provider.callbackUrl
    const uris = [other.callbackUrl, `${own}/`, `${own}?x=1`, `${own}/../${other.id}`, own.replace(/\/[^/]+$/, '')]

    const answers = await Promise.all(uris.map((uri) => begin(grace, provider.id, { redirect_uri: uri })))

    expect(answers.map(({ status }) => status)).toEqual(uris.map(() => 422))
  })

  test('an entry given twice', async () => {
    const answer = await begin(grace, provider.id, [
      ['redirect_uri', LISTED],
      ['redirect_uri', LISTED],
    ])

    expect(answer).toMatchObject({ status: 422, body: { errorFields: [{ name: 'redirect_uri' }] } })
  })
})

test('an entry that is taken off the list is refused from then on', async () => {
  const changed = await aPlainProvider(grantkeeper, upstream, { redirectUris: [LISTED, OTHER] })
  const admin = checked(await aCaller(grantkeeper, { user: 'ada', roles: ['admin'] }))
  await admin.patch(`/providers/${changed.id}/`, { redirectUris: [OTHER] })

  const answer = await begin(grace, changed.id, { redirect_uri: LISTED })

  expect(answer.status).toBe(422)
})
