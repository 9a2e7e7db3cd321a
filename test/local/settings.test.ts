import { describe, expect, test } from 'vitest'
import { deploymentSettings } from '../../lib/local/deployment-settings.ts'
import { readSettings } from '../../lib/local/settings.ts'

const issuer = { ISSUER: 'https://login.example.com/', AUDIENCE: 'grantkeeper' }

describe('npm start reads', () => {
  test('that nothing leaves this machine, and that the demo issuer mints tokens, unless told', () => {
    const settings = readSettings({})

    expect(settings).toMatchObject({ internet: false, given: [] })
    expect(settings).not.toHaveProperty('issuer')
    expect(settings).not.toHaveProperty('publicBaseUrl')
  })

  test.each([
    ['--internet', {}, ['--internet']],
    ['INTERNET=1', { INTERNET: '1' }, []],
  ])('%s: providers may be anywhere', (_, env, args) => {
    expect(readSettings(env, args).internet).toBe(true)
  })

  test('an issuer of its owner, with the usual claims', () => {
    expect(readSettings(issuer).issuer).toEqual({
      issuer: 'https://login.example.com/',
      audience: 'grantkeeper',
      orgClaim: 'org_id',
      rolesClaim: 'roles',
    })
  })

  test('the names of its claims', () => {
    const { issuer: own } = readSettings({ ...issuer, ORG_CLAIM: 'tenant', ROLES_CLAIM: 'https://acme.example/roles' })

    expect(own).toMatchObject({ orgClaim: 'tenant', rolesClaim: 'https://acme.example/roles' })
  })

  test.each([
    ['http://localhost:8080', {}],
    ['http://127.0.0.1:9000', {}],
    ['https://grantkeeper.tunnel.example', issuer],
  ])('PUBLIC_BASE_URL=%s', (url, env) => {
    expect(readSettings({ ...env, PUBLIC_BASE_URL: url }).publicBaseUrl).toBe(url)
  })
})

describe('npm start refuses', () => {
  test.each([
    [{ ISSUER: 'https://login.example.com' }, 'ISSUER needs AUDIENCE: what the aud of its JWTs holds'],
    [{ AUDIENCE: 'x' }, 'AUDIENCE is about an issuer of your own: set ISSUER as well'],
    [{ ORG_CLAIM: 'x' }, 'ORG_CLAIM is about an issuer of your own: set ISSUER as well'],
    [
      { ...issuer, ISSUER: 'http://login.example.com' },
      'ISSUER must be an https URL without query, not http://login.example.com',
    ],
    [
      { ...issuer, ISSUER: 'https://login.example.com/?x' },
      'ISSUER must be an https URL without query, not https://login.example.com/?x',
    ],
    [{ ...issuer, ISSUER: 'login.example.com' }, 'ISSUER must be an https URL without query, not login.example.com'],
    [
      { ...issuer, PUBLIC_BASE_URL: 'https://tunnel.example/' },
      'PUBLIC_BASE_URL must be an https URL without query and trailing slash, not https://tunnel.example/',
    ],
    [
      { ...issuer, PUBLIC_BASE_URL: 'http://192.168.1.7:8080' },
      'PUBLIC_BASE_URL must be an https URL without query and trailing slash, not http://192.168.1.7:8080',
    ],
    [
      { PUBLIC_BASE_URL: 'https://tunnel.example' },
      'PUBLIC_BASE_URL beyond this machine needs ISSUER and AUDIENCE: an issuer of your own',
    ],
    [{ INTERNET: 'yes' }, 'INTERNET must be 1 or 0, not yes'],
  ])('%o', (env, said) => {
    expect(() => readSettings(env)).toThrow(said)
  })

  test.each([[['--intrenet']], [['-c']], [['start']]])('the arguments %j', (args) => {
    expect(() => readSettings({}, args)).toThrow()
  })
})

describe('what is set for the deployment', () => {
  const cdkJson = {
    context: {
      '@aws-cdk/core:something': true,
      'grantkeeper:allowedOrigins': 'https://app.example.com',
      'grantkeeper:logLevel': 'WARN',
      'grantkeeper:webAclArn': 'arn:aws:wafv2:...',
    },
  }

  test('holds here too, with -c before cdk.json, as at cdk deploy', () => {
    const { context } = deploymentSettings(cdkJson, ['grantkeeper:logLevel=DEBUG', 'grantkeeper:privateHosts=a=b'])

    expect(context).toEqual({
      'grantkeeper:allowedOrigins': 'https://app.example.com',
      'grantkeeper:logLevel': 'DEBUG',
      'grantkeeper:privateHosts': 'a=b',
    })
  })

  test('is skipped, and named, where it needs AWS', () => {
    expect(deploymentSettings(cdkJson, ['grantkeeper:domain={}']).skipped).toEqual(['webAclArn', 'domain'])
  })

  test.each(['allowedOrigins=x', 'grantkeeper:allowedOrigins', '=x'])('is refused as -c %s', (given) => {
    expect(() => deploymentSettings({}, [given])).toThrow(`-c takes grantkeeper:<setting>=<value>, not ${given}`)
  })
})
