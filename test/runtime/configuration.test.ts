import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { configuration, isLocal } from '../../lib/runtime/configuration.ts'

const before = { ...process.env }
afterEach(() => {
  process.env = { ...before }
})

const endpoints = {
  DYNAMODB_ENDPOINT: configuration.dynamodbEndpoint,
  SQS_ENDPOINT: configuration.sqsEndpoint,
  KMS_ENDPOINT: configuration.kmsEndpoint,
}
const each = Object.entries(endpoints)

describe('an endpoint of an AWS service', () => {
  test.each(each)('is AWS itself where %s is not set', (name, read) => {
    for (const value of [undefined, '']) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value

      expect(read()).toBeUndefined()
    }
  })

  test.each(each)('is refused outside of local mode, whatever %s says', (name, read) => {
    process.env[name] = 'http://127.0.0.1:8000'

    for (const local of [undefined, '', '0', 'true', 'yes']) {
      if (local === undefined) delete process.env.GRANTKEEPER_LOCAL
      else process.env.GRANTKEEPER_LOCAL = local
      expect(read).toThrow(`${name} is for local mode only`)
    }
  })

  describe('in local mode', () => {
    beforeEach(() => {
      process.env.GRANTKEEPER_LOCAL = '1'
    })

    test.each([
      'http://127.0.0.1:8000',
      'http://127.1.2.3:8000/',
      'http://localhost:8000',
      'http://[::1]:8000',
      'http://127.1:8000',
    ])('may be %s', (url) => {
      for (const [name, read] of each) {
        process.env[name] = url
        expect(read()).toBe(url)
      }
    })

    test.each([
      'https://dynamodb.eu-central-1.amazonaws.com',
      'http://10.0.0.1:8000',
      'http://0.0.0.0:8000',
      'http://169.254.169.254',
      'http://127.0.0.1.evil.example:8000',
      'http://127.0.0.1@evil.example:8000',
      'http://evil.example#127.0.0.1',
      'http://localhost.evil.example',
      'http://[::ffff:10.0.0.1]:8000',
      'http://128.0.0.1:8000',
      '127.0.0.1:8000',
      'not a url',
    ])('may not be %s', (url) => {
      for (const [name, read] of each) {
        process.env[name] = url
        expect(read).toThrow(`${name} must be an address of this machine`)
      }
    })

    test('is refused inside of Lambda, together with local mode itself', () => {
      process.env.AWS_LAMBDA_RUNTIME_API = '127.0.0.1:9001'
      process.env.KMS_ENDPOINT = 'http://127.0.0.1:8000'

      expect(isLocal).toThrow('Local mode cannot run inside Lambda')
      expect(configuration.kmsEndpoint).toThrow('Local mode cannot run inside Lambda')
    })
  })
})

describe('what the template says', () => {
  test.each([
    ['TABLE_NAME', configuration.tableName],
    ['KEY_ARN', configuration.keyArn],
    ['JOBS_QUEUE_URL', () => configuration.queueUrl('jobs')],
    ['CHUNKS_QUEUE_URL', () => configuration.queueUrl('chunks')],
    ['PUBLIC_BASE_URL', configuration.publicBaseUrl],
    ['ISSUER', configuration.issuer],
    ['AUDIENCE', configuration.audience],
  ])('as %s must be there, and is taken as it is', (name, read) => {
    process.env[name] = 'said'
    expect(read()).toBe('said')

    process.env[name] = ''
    expect(read).toThrow(`The environment variable ${name} is missing`)
  })

  test.each<[string, string | undefined, () => unknown, unknown]>([
    ['ORG_CLAIM', undefined, configuration.orgClaim, 'org_id'],
    ['ORG_CLAIM', 'tenant', configuration.orgClaim, 'tenant'],
    ['ROLES_CLAIM', undefined, configuration.rolesClaim, 'roles'],
    ['ROLES_CLAIM', 'groups', configuration.rolesClaim, 'groups'],
    ['PRIVATE_HOSTS', undefined, configuration.privateHosts, []],
    ['PRIVATE_HOSTS', 'a.internal,b.internal:8443', configuration.privateHosts, ['a.internal', 'b.internal:8443']],
    ['DATA_KEY_CACHE_SECONDS', undefined, configuration.dataKeyCacheSeconds, 900],
    ['DATA_KEY_CACHE_SECONDS', '0', configuration.dataKeyCacheSeconds, 0],
    ['DATA_KEY_CACHE_SECONDS', '60', configuration.dataKeyCacheSeconds, 60],
    ['AUDIT_FILE', undefined, configuration.auditFile, undefined],
  ])('as %s may be %s', (name, value, read, expected) => {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value

    expect(read()).toEqual(expected)
  })
})

describe('how long an unwrapped data key is kept', () => {
  test.each([
    [undefined, 900],
    ['0', 0],
    ['60', 60],
  ])('is, for %s, %d seconds', (value, seconds) => {
    if (value === undefined) delete process.env.DATA_KEY_CACHE_SECONDS
    else process.env.DATA_KEY_CACHE_SECONDS = value

    expect(configuration.dataKeyCacheSeconds()).toBe(seconds)
  })

  // Not a number would be kept for no time at all, and every call would go to KMS with nobody knowing why.
  test.each(['15m', '-1', '1.5', 'NaN', 'Infinity', ' '])('is refused as %j', (value) => {
    process.env.DATA_KEY_CACHE_SECONDS = value

    expect(() => configuration.dataKeyCacheSeconds()).toThrow(
      'The environment variable DATA_KEY_CACHE_SECONDS must be a whole number of seconds',
    )
  })
})
