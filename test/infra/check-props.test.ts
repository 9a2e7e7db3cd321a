import { App, CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { checkProps } from '../../lib/infra/check-props.ts'
import type { GrantkeeperProps } from '../../lib/infra/props.ts'

const required = { issuer: 'https://issuer.example', audience: 'grantkeeper' }
const certificateArn = 'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d'
const domain = { name: 'connect.example.com', certificateArn }

/** Properties as somebody without types, or from the CDK context, would give them. */
const check = (props: object): void => checkProps({ ...required, ...props } as GrantkeeperProps)

describe('what could not work is refused with the name of the property and what would be right', () => {
  test.each<[object, string]>([
    [{ issuer: undefined }, 'issuer must be an https URL without query'],
    [{ audience: undefined }, 'audience must be what the aud of the JWTs must hold'],
    [{ issuer: 'issuer' }, 'issuer must be an https URL without query'],
    [{ issuer: 'http://issuer.example' }, 'issuer must be'],
    [{ issuer: 'https://issuer.example?a=b' }, 'issuer must be'],
    [{ audience: '' }, 'audience must be what the aud of the JWTs must hold'],
    [{ orgClaim: '' }, 'orgClaim must be the name of a claim'],
    [{ rolesClaim: 5 }, 'rolesClaim must be the name of a claim'],
    [{ publicBaseUrl: 'https://gk.example/' }, 'publicBaseUrl must be an https URL without query and trailing slash'],
    [{ publicBaseUrl: 'gk.example' }, 'publicBaseUrl must be'],
    [{ publicBaseUrl: 'http://gk.example' }, 'publicBaseUrl must be'],
    [{ successUrl: 'http://app.example/done' }, 'successUrl must be an https URL without fragment'],
    [{ errorUrl: 'https://app.example/#failed' }, 'errorUrl must be an https URL without fragment'],
    [{ errorUrl: 'https://user@app.example' }, 'errorUrl must be'],
    [{ errorUrl: 'javascript:alert(1)' }, 'errorUrl must be'],
    [{ domain: { certificateArn } }, 'domain.name must be a host name'],
    [{ domain: { ...domain, name: 'https://connect.example.com' } }, 'domain.name must be a host name'],
    [{ domain: { name: domain.name } }, 'domain.certificateArn must be the ARN of an ACM certificate'],
    [
      { domain: { ...domain, certificateArn: 'arn:aws:iam::111122223333:server-certificate/x' } },
      'domain.certificateArn',
    ],
    [{ domain: { ...domain, hostedZone: { id: 'example.com', name: 'example.com' } } }, 'domain.hostedZone.id must be'],
    [{ domain: { ...domain, hostedZone: { id: 'Z0', name: 'other.example' } } }, 'domain.hostedZone.name must be'],
    [{ domain: { ...domain, hostedZone: { id: 'Z0', name: 'ample.com' } } }, 'domain.hostedZone.name must be'],
    [{ domain, publicBaseUrl: 'https://gk.example' }, 'publicBaseUrl and domain exclude each other'],
    [{ allowedOrigins: ['*'] }, 'allowedOrigins must be a list of different origins such as https://app.example.com'],
    [{ allowedOrigins: ['https://*.example.com'] }, 'never *'],
    [{ allowedOrigins: ['https://app.example.com/'] }, 'allowedOrigins must be'],
    [{ allowedOrigins: ['https://app.example.com:443'] }, 'allowedOrigins must be'],
    [{ allowedOrigins: ['http://app.example.com'] }, 'allowedOrigins must be'],
    [{ allowedOrigins: ['https://a.example', 'https://a.example'] }, 'allowedOrigins must be'],
    [{ privateHosts: ['https://git.internal'] }, 'privateHosts must be a list of different host names'],
    [{ privateHosts: 'git.internal' }, 'privateHosts must be a list'],
    [{ privateHosts: ['10.0.0.0/8'] }, 'privateHosts must be a list'],
    [{ keyArn: 'alias/tokens' }, 'keyArn must be the ARN of a KMS key, or of its alias'],
    [
      { previousKeyArns: ['arn:aws:kms:eu-west-1:111122223333:alias/tokens'] },
      'previousKeyArns must be a list of ARNs of KMS keys, no aliases, without keyArn itself',
    ],
    [
      {
        keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/mrk-0a1b',
        previousKeyArns: ['arn:aws:kms:eu-west-1:111122223333:key/mrk-0a1b'],
      },
      'previousKeyArns must be a list of ARNs of KMS keys, no aliases, without keyArn itself',
    ],
    [{ dataKeyRotationDays: -1 }, 'dataKeyRotationDays must be a whole number of days, from 1 to 3650, or 0 for never'],
    [{ dataKeyCacheSeconds: -1 }, 'dataKeyCacheSeconds must be a whole number of seconds, from 0 to 86400'],
    [{ dataKeyCacheSeconds: 0.5 }, 'dataKeyCacheSeconds must be'],
    [{ dataKeyCacheSeconds: Number.NaN }, 'dataKeyCacheSeconds must be'],
    [{ dataKeyCacheSeconds: '900' }, 'dataKeyCacheSeconds must be'],
    [{ throttle: { ratePerSecond: 0, burst: 1 } }, 'throttle must be a ratePerSecond above 0 and a whole burst'],
    [{ throttle: { ratePerSecond: 10 } }, 'throttle must be'],
    [
      { operationThrottles: { getToken: { ratePerSecond: 1, burst: 1 } } },
      'operationThrottles must be ids of operations',
    ],
    [{ operationThrottles: { getProvider: {} } }, 'operationThrottles must be'],
    [{ operationThrottles: 5 }, 'operationThrottles must be'],
    [{ operationThrottles: null }, 'operationThrottles must be'],
    [{ operationThrottles: [] }, 'operationThrottles must be'],
    [{ logRetention: 45 }, 'logRetention must be a number of days that CloudWatch Logs knows'],
    [{ logLevel: 'info' }, 'logLevel must be one of DEBUG, INFO, WARN, ERROR'],
    [{ accessLog: 'yes' }, 'accessLog must be true or false'],
    [{ auditInTable: true }, 'auditInTable must be a whole number of days, from 1 to 3650'],
    [{ tracing: 1 }, 'tracing must be true or false'],
    [
      { webAclArn: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/b' },
      'webAclArn must be the ARN of a regional',
    ],
    [{ removalPolicy: 'keep' }, 'removalPolicy must be RETAIN or DESTROY; it is "keep"'],
    [{ removalPolicy: RemovalPolicy.SNAPSHOT }, 'removalPolicy must be RETAIN or DESTROY'],
    [{ tableName: 'a b' }, 'tableName must be a table name'],
    [{ existingTableName: '' }, 'existingTableName must be a table name'],
    [{ tableName: 'one', existingTableName: 'other' }, 'tableName and existingTableName exclude each other'],
  ])('%j', (wrong, message) => {
    expect(() => check(wrong)).toThrow(TypeError)
    expect(() => check(wrong)).toThrow(message)
  })
})

test('lists are refused that are too long for the 4 KB of a Lambda environment', () => {
  const many = (make: (place: number) => string) => Array.from({ length: 80 }, (_, place) => make(place))
  const allowedOrigins = many((place) => `https://app-${place}.example.com`)
  const privateHosts = many((place) => `git-${place}.internal`)

  expect(() => check({ allowedOrigins })).not.toThrow()
  expect(() => check({ allowedOrigins, privateHosts })).toThrow(
    /^allowedOrigins, privateHosts, successUrl and errorUrl must have at most 3000 characters together; they have 3\d{3}$/,
  )
})

describe('what could work is taken', () => {
  test.each<object>([
    {},
    { issuer: 'https://tenant.example/', publicBaseUrl: '' },
    { issuer: 'http://localhost:4000/realms/a/', publicBaseUrl: 'http://127.0.0.1:8080' },
    { domain: { ...domain, hostedZone: { id: 'Z0123', name: 'example.com' } } },
    { domain: { ...domain, hostedZone: { id: 'Z0123', name: 'connect.example.com' } } },
    { domain: { ...domain, certificateArn: certificateArn.replace('arn:aws:', 'arn:aws-cn:') } },
    { successUrl: 'https://app.example/done?a=b%20c', errorUrl: 'http://127.0.0.1:3000/failed' },
    { allowedOrigins: ['https://app.example.com', 'https://app.example.com:8443', 'http://localhost:5173'] },
    { privateHosts: ['git.internal:8443', '10.1.2.3', 'gitlab', '[fd12::1]'] },
    { keyArn: 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-0a1b' },
    { previousKeyArns: ['arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-0a1b'] },
    { dataKeyRotationDays: 0 },
    { dataKeyCacheSeconds: 0, logRetention: 400, removalPolicy: RemovalPolicy.DESTROY },
  ])('%j', (right) => {
    expect(() => check(right)).not.toThrow()
  })

  test('and what is known only at deployment is left to the template', () => {
    const stack = new Stack(new App(), 'Stack')
    const given = new CfnParameter(stack, 'Given').valueAsString

    expect(() => check({ issuer: given, audience: given, publicBaseUrl: given, domain })).not.toThrow()
  })
})
