import { createHmac, createPublicKey } from 'node:crypto'
import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { reasons } from '../../lib/domain/reasons.ts'
import { authorizer } from '../../lib/runtime/authorizer.ts'
import { logger } from '../../lib/runtime/logger.ts'
import { type Issuer, startIssuer } from './issuer.ts'

let issuer: Issuer
let authorize: ReturnType<typeof authorizer>
beforeAll(async () => {
  issuer = await startIssuer()
})
beforeEach(() => {
  authorize = authorizer({ issuer: issuer.url, audience: 'grantkeeper', orgClaim: 'org_id', rolesClaim: 'roles' })
})
afterAll(() => issuer.close())

const logged: unknown[] = []
beforeEach(() => {
  logged.length = 0
  vi.spyOn(logger, 'warn').mockImplementation((...line: unknown[]) => void logged.push(line[1]))
  vi.spyOn(logger, 'error').mockImplementation((...line: unknown[]) => void logged.push(line[1]))
})
afterEach(() => {
  vi.restoreAllMocks()
})

const request = (...authorization: string[]): APIGatewayRequestAuthorizerEvent => {
  const headers = authorization.length > 0 ? { Authorization: authorization.at(-1) } : {}
  const multiValueHeaders = authorization.length > 0 ? { Authorization: authorization } : {}
  const methodArn = 'arn:aws:execute-api:eu-central-1:1:api/v1/GET/api/v2/externalOAuth/providers'
  return { type: 'REQUEST', methodArn, headers, multiValueHeaders } as unknown as APIGatewayRequestAuthorizerEvent
}

/** A request with these headers, each with its values. */
const requestWith = (headers: Record<string, string[]>): APIGatewayRequestAuthorizerEvent =>
  ({
    ...request(),
    headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: headers,
  }) as unknown as APIGatewayRequestAuthorizerEvent

const now = (): number => Math.floor(Date.now() / 1000)
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = () => ({ iss: issuer.url, aud: 'grantkeeper', sub: 'grace', org_id: 'acme', exp: now() + 600 })
const parts = async (): Promise<[string, string, string]> =>
  (await issuer.token()).split('.') as [string, string, string]

describe('a good token', () => {
  test('tells who calls, and allows every route of the stage', async () => {
    const token = await issuer.token({ roles: ['admin', 'auditor', 'service'], exp: 4_102_444_800 })

    const decision = await authorize(request(`Bearer ${token}`))

    expect(decision).toEqual({
      principalId: 'grace',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: 'arn:aws:execute-api:eu-central-1:1:api/v1/*' },
        ],
      },
      context: { userId: 'grace', orgId: 'acme', roles: 'admin,service', exp: '4102444800' },
    })
  })

  test.each([
    ['an e-mail as user id', { sub: 'grace@acme.example' }],
    ['an id with a separator of ours', { sub: 'auth0|a#b', org_id: 'a#b' }],
    ['the longest id', { sub: 'x'.repeat(255) }],
    ['an id beyond the basic plane', { sub: '😀' }],
    ['several audiences, one of them ours', { aud: ['other', 'grantkeeper'] }],
    ['an end a moment ago, within the leeway', { exp: now() - 10 }],
    ['a beginning in a moment, within the leeway', { nbf: now() + 10 }],
    ['roles as a list of words', { roles: 'admin service' }],
    ['roles of no use here', { roles: [{ admin: true }, 7, null] }],
  ])('may have %s', async (_, changed) => {
    const { context } = await authorize(request(`Bearer ${await issuer.token(changed)}`))

    expect(context?.userId).toBe('sub' in changed ? changed.sub : 'grace')
  })

  test.each(['bearer', 'BEARER'])('may come under the scheme %s', async (scheme) => {
    const decision = await authorize(request(`${scheme} ${await issuer.token()}`))

    expect(decision.principalId).toBe('grace')
  })

  test('gives only the roles that are spelled exactly', async () => {
    const { context } = await authorize(request(`Bearer ${await issuer.token({ roles: ['Admin', 'admin '] })}`))

    expect(context?.roles).toBe('')
  })
})

/** Wrong in the claims, rightly signed. */
const wrongClaims: Readonly<Record<string, readonly [() => Record<string, unknown>, reason: string, claim?: string]>> =
  {
    'another audience': [() => ({ aud: 'other' }), 'jwtAudience'],
    'no audience': [() => ({ aud: undefined }), 'jwtClaimMissing', 'aud'],
    'another issuer': [() => ({ iss: 'https://evil.example' }), 'jwtIssuer'],
    'the issuer with a slash more': [() => ({ iss: `${issuer.url}/` }), 'jwtIssuer'],
    'no issuer': [() => ({ iss: undefined }), 'jwtClaimMissing', 'iss'],
    'an end beyond the leeway': [() => ({ exp: now() - 90 }), 'jwtExpired'],
    'no end': [() => ({ exp: undefined }), 'jwtClaimMissing', 'exp'],
    'an end that is text': [() => ({ exp: '4102444800' }), 'jwtClaimInvalid', 'exp'],
    'a beginning beyond the leeway': [() => ({ nbf: now() + 90 }), 'jwtNotYetValid'],
    'no subject': [() => ({ sub: undefined }), 'jwtClaimMissing', 'sub'],
    'an empty subject': [() => ({ sub: '' }), 'jwtClaimInvalid', 'sub'],
    'a subject of 300 characters': [() => ({ sub: 'x'.repeat(300) }), 'jwtClaimInvalid', 'sub'],
    'a subject that is a number': [() => ({ sub: 7 }), 'jwtClaimInvalid', 'sub'],
    'half a surrogate pair as subject': [() => ({ sub: '\ud800' }), 'jwtClaimInvalid', 'sub'],
    'no organization': [() => ({ org_id: undefined }), 'jwtClaimMissing', 'org_id'],
    'an empty organization': [() => ({ org_id: '' }), 'jwtClaimInvalid', 'org_id'],
    'a list of organizations': [() => ({ org_id: ['acme'] }), 'jwtClaimInvalid', 'org_id'],
    'an organization that is a number': [() => ({ org_id: 7 }), 'jwtClaimInvalid', 'org_id'],
    'an organization that is an object': [() => ({ org_id: { toString: 'acme' } }), 'jwtClaimInvalid', 'org_id'],
    'an organization of 300 characters': [() => ({ org_id: 'x'.repeat(300) }), 'jwtClaimInvalid', 'org_id'],
    'half a surrogate pair as organization': [() => ({ org_id: 'a\udc00' }), 'jwtClaimInvalid', 'org_id'],
  }

/** Wrong in what makes it a token. */
const forged: Readonly<Record<string, () => string | Promise<string>>> = {
  'the algorithm none': () => `${part({ alg: 'none' })}.${part(claims())}.`,
  'the algorithm None, with a signature of nothing': () =>
    `${part({ alg: 'None', kid: 'key-1' })}.${part(claims())}.AA`,
  'HS256 with the public key as secret': async () => {
    const pem = createPublicKey({ key: issuer.publicJwk() as never, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    const signed = `${part({ alg: 'HS256', kid: issuer.publicJwk().kid })}.${part(claims())}`
    return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
  },
  'a tampered payload': async () => {
    const [header, , signature] = await parts()
    return `${header}.${part({ ...claims(), roles: ['admin'] })}.${signature}`
  },
  'a tampered signature': async () => {
    const [header, payload, signature] = await parts()
    return `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
  },
  'no signature': async () => (await parts()).slice(0, 2).join('.'),
  'an empty signature': async () => `${(await parts()).slice(0, 2).join('.')}.`,
  'a fourth part': async () => `${await issuer.token()}.AA`,
  'a payload that is no JSON': async () => `${(await parts())[0]}.${Buffer.from('{').toString('base64url')}.AA`,
  'a key of its own in jwk': () => selfSigned((jwk) => ({ jwk })),
  'a key of its own at jku': () => selfSigned(() => ({ jku: 'http://127.0.0.1:9/jwks' })),
  'a key of its own at x5u': () => selfSigned(() => ({ x5u: 'http://127.0.0.1:9/cert' })),
  'a kid that is a path': () => selfSigned(() => ({ kid: '../../etc/passwd' })),
  'a kid that is SQL': () => selfSigned(() => ({ kid: "' OR 1=1 --" })),
  'a kid of somebody else': () => selfSigned(() => ({ kid: 'key-1' })),
  'a critical header that nobody knows': async () =>
    `${part({ alg: 'RS256', kid: 'key-1', crit: ['x'], x: 1 })}.${part(claims())}.AA`,
  'an encrypted token': () => `${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.AA.AA.AA.AA`,
}

const reasonOfForged: Readonly<Record<keyof typeof forged, string>> = {
  'the algorithm none': 'jwtAlgorithm',
  'the algorithm None, with a signature of nothing': 'jwtAlgorithm',
  'HS256 with the public key as secret': 'jwtAlgorithm',
  'a tampered payload': 'jwtSignature',
  'a tampered signature': 'jwtSignature',
  'no signature': 'jwtUnreadable',
  'an empty signature': 'jwtSignature',
  'a fourth part': 'jwtUnreadable',
  'a payload that is no JSON': 'jwtSignature',
  'a key of its own in jwk': 'jwtSignature',
  'a key of its own at jku': 'jwtSignature',
  'a key of its own at x5u': 'jwtSignature',
  'a kid that is a path': 'jwtKeyUnknown',
  'a kid that is SQL': 'jwtKeyUnknown',
  'a kid of somebody else': 'jwtSignature',
  'a critical header that nobody knows': 'jwtAlgorithm',
  'an encrypted token': 'jwtUnreadable',
}

const selfSigned = async (header: (jwk: object) => object): Promise<string> => {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = await exportJWK(publicKey)
  return new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid: 'key-1', ...header(jwk) }).sign(privateKey)
}

/** Wrong in how it is sent; `token` is a good one. */
const wronglySent: Readonly<Record<string, readonly [(token: string) => string[], reason: string]>> = {
  'no header': [() => [], 'jwtMissing'],
  'an empty header': [() => [''], 'jwtUnreadable'],
  'two headers, both good': [(token) => [`Bearer ${token}`, `Bearer ${token}`], 'jwtAmbiguous'],
  'a good header after a bad one': [(token) => ['Bearer x', `Bearer ${token}`], 'jwtAmbiguous'],
  'the scheme Basic': [(token) => [`Basic ${token}`], 'jwtUnreadable'],
  'no scheme': [(token) => [token], 'jwtUnreadable'],
  'two tokens': [(token) => [`Bearer ${token}, Bearer ${token}`], 'jwtUnreadable'],
  'a line break': [(token) => [`Bearer ${token}\r\nX-User-Id: ada`], 'jwtUnreadable'],
  'nine kilobytes of token': [() => [`Bearer ${'x'.repeat(9 * 1024)}`], 'jwtUnreadable'],
  'something after the token': [(token) => [`Bearer ${token} admin`], 'jwtUnreadable'],
}

describe('the authorizer says Unauthorized, and logs why, to', () => {
  test.each(Object.entries(wrongClaims))('a token with %s', async (_, [changed, reason, claim]) => {
    const said = { iss: issuer.url, aud: 'grantkeeper', ...changed() }

    await expect(authorize(request(`Bearer ${await issuer.token(changed())}`))).rejects.toThrow(/^Unauthorized$/)

    expect(logged).toEqual([{ reason, claim, iss: said.iss, aud: said.aud, kid: issuer.publicJwk().kid }])
  })

  test.each(Object.entries(forged))('a token with %s', async (name, forge) => {
    await expect(authorize(request(`Bearer ${await forge()}`))).rejects.toThrow(/^Unauthorized$/)

    expect(logged).toMatchObject([{ reason: reasonOfForged[name] }])
  })

  test.each(Object.entries(wronglySent))('a request with %s', async (_, [send, reason]) => {
    await expect(authorize(request(...send(await issuer.token())))).rejects.toThrow(/^Unauthorized$/)

    expect(logged).toEqual([{ reason }])
  })
})

describe('what is logged of a token', () => {
  test('is never the token, nor more of what it says than a line should hold', async () => {
    const token = await issuer.token({ aud: ['a', 'b', 'c', 'd', 'e', 'x'.repeat(900)] }, { kid: 'k'.repeat(900) })

    await expect(authorize(request(`Bearer ${token}`))).rejects.toThrow(/^Unauthorized$/)

    const [line] = logged as [{ kid: string; aud: string[] }]
    expect([line.kid.length, line.aud]).toEqual([200, ['a', 'b', 'c', 'd']])
    for (const part of token.split('.')) expect(JSON.stringify(logged)).not.toContain(part)
  })

  test('is counted by its reason, which is one of the list', async () => {
    vi.stubEnv('DEPLOYMENT', 'Connections-Grantkeeper')
    const lines: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0)

    await expect(authorize(request(`Bearer ${await issuer.token({ aud: 'other' })}`))).rejects.toThrow()
    vi.unstubAllEnvs()

    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ Refused: 1, Reason: 'jwtAudience' }])
    const used = [
      ...Object.values(wrongClaims).map(([, reason]) => reason),
      ...Object.values(reasonOfForged),
      ...Object.values(wronglySent).map(([, reason]) => reason),
    ]
    const listed = Object.keys(reasons).filter((reason) => reason.startsWith('jwt'))
    expect([...new Set([...used, 'jwtKeysUnavailable'])].sort()).toEqual(listed.sort())
  })
})

describe('a token in Coder-Session-Token', () => {
  test.each(['Coder-Session-Token', 'coder-session-token'])('is good under the spelling %s', async (name) => {
    const decision = await authorize(requestWith({ [name]: [await issuer.token()] }))

    expect(decision.principalId).toBe('grace')
  })

  test('is not looked at beside Authorization: whether they differ is judged where it counts', async () => {
    const decision = await authorize(
      requestWith({ Authorization: [`Bearer ${await issuer.token()}`], 'Coder-Session-Token': ['nonsense'] }),
    )

    expect(decision.principalId).toBe('grace')
  })

  test.each<[string, (token: string) => Record<string, string[]>]>([
    ['an empty one', () => ({ 'Coder-Session-Token': [''] })],
    ['two', (token) => ({ 'Coder-Session-Token': [token, token] })],
    ['one with a scheme', (token) => ({ 'Coder-Session-Token': [`Bearer ${token}`] })],
    [
      'a good one beside an Authorization of another scheme',
      (token) => ({
        Authorization: ['Basic YTpi'],
        'Coder-Session-Token': [token],
      }),
    ],
    ['a forged one', () => ({ 'Coder-Session-Token': [`${part({ alg: 'none' })}.${part(claims())}.`] })],
  ])('%s is Unauthorized', async (_, headers) => {
    await expect(authorize(requestWith(headers(await issuer.token())))).rejects.toThrow(/^Unauthorized$/)
  })
})

describe("the issuer's keys", () => {
  const fetched = (): number => issuer.fetched['/jwks'] ?? 0
  afterEach(() => {
    issuer.fail()
    vi.restoreAllMocks()
  })

  test('are fetched once for any number of tokens', async () => {
    const fetches = fetched()
    const token = await issuer.token()

    await Promise.all(Array.from({ length: 20 }, () => authorize(request(`Bearer ${token}`))))

    expect(fetched()).toBe(fetches + 1)
  })

  test('are fetched once more at most for a flood of unknown key ids', async () => {
    await authorize(request(`Bearer ${await issuer.token()}`))
    const fetches = fetched()
    const unknown = await Promise.all(Array.from({ length: 20 }, (_, at) => issuer.token({}, { kid: `unknown-${at}` })))

    for (const token of unknown) {
      await expect(authorize(request(`Bearer ${token}`))).rejects.toThrow(/^Unauthorized$/)
    }

    expect(fetched() - fetches).toBeLessThanOrEqual(1)
  })

  test('may be rotated: within a minute the new one is known, and the old one stays good', async () => {
    const old = await issuer.token()
    await authorize(request(`Bearer ${old}`))
    await issuer.rotate()
    const fresh = await issuer.token()
    const fetches = fetched()

    await expect(authorize(request(`Bearer ${fresh}`))).rejects.toThrow(/^Unauthorized$/)
    const aMinuteLater = Date.now() + 61_000
    vi.spyOn(Date, 'now').mockImplementation(() => aMinuteLater)

    expect(fetched()).toBe(fetches)
    await expect(authorize(request(`Bearer ${fresh}`))).resolves.toMatchObject({ principalId: 'grace' })
    await expect(authorize(request(`Bearer ${old}`))).resolves.toMatchObject({ principalId: 'grace' })
    expect(fetched()).toBe(fetches + 1)
  })

  test('may be withdrawn: a token of a withdrawn key is refused', async () => {
    const old = await issuer.token()
    await issuer.rotate({ withdraw: true })

    await expect(authorize(request(`Bearer ${old}`))).rejects.toThrow(/^Unauthorized$/)
  })

  test.each([500, 404, 'cut'] as const)('that cannot be had (%s) are a failure, and not the caller’s', async (how) => {
    const token = await issuer.token()
    issuer.fail(how)

    // API Gateway makes 401 of exactly this word, and 500 of anything else.
    await expect(authorize(request(`Bearer ${token}`))).rejects.toThrow(/^(?!Unauthorized$)/)
    expect(logged).toMatchObject([{ reason: 'jwtKeysUnavailable' }])

    issuer.fail()
    await expect(authorize(request(`Bearer ${token}`))).resolves.toMatchObject({ principalId: 'grace' })
  })

  test('stay good for a while when the issuer goes down', async () => {
    const token = await issuer.token()
    await authorize(request(`Bearer ${token}`))
    issuer.fail('cut')

    await expect(authorize(request(`Bearer ${token}`))).resolves.toMatchObject({ principalId: 'grace' })
  })

  test('are not asked for when no token is sent', async () => {
    const fetches = issuer.fetched['/.well-known/openid-configuration']

    await expect(authorize(request())).rejects.toThrow('Unauthorized')

    expect(issuer.fetched['/.well-known/openid-configuration']).toBe(fetches)
  })
})
