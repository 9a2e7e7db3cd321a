import { ACCOUNT_ID } from '../environments/lambda-env.ts'
import type { ApiDefinition } from '../model.ts'
import { isBinary } from './media-type.ts'
import { type GatewayRequest, headerOf } from './request.ts'
import type { Match } from './router.ts'

/** What an authorizer let through, as it reaches the handler. */
export type AuthorizerContext = Readonly<Record<string, string | number>>

/** The event of a REST API's Lambda proxy integration (format 1.0). */
export function proxyEvent(api: ApiDefinition, request: GatewayRequest, match: Match, authorizer?: AuthorizerContext) {
  const common = commonFields(api, request, match)
  const binary = isBinary(api.binaryMediaTypes, headerOf(request, 'content-type'))
  const empty = request.body.length === 0
  return {
    ...common,
    requestContext: { ...common.requestContext, ...(authorizer && { authorizer }) },
    body: empty ? null : request.body.toString(binary ? 'base64' : 'utf8'),
    isBase64Encoded: !empty && binary,
  }
}

/** The event of a REQUEST authorizer, which has empty maps where a proxy event has null. */
export function authorizerEvent(api: ApiDefinition, request: GatewayRequest, match: Match) {
  const { queryStringParameters, multiValueQueryStringParameters, pathParameters, ...common } = commonFields(
    api,
    request,
    match,
  )
  return {
    type: 'REQUEST',
    methodArn: methodArn(api, request),
    ...common,
    queryStringParameters: queryStringParameters ?? {},
    multiValueQueryStringParameters: multiValueQueryStringParameters ?? {},
    pathParameters: pathParameters ?? {},
    stageVariables: {},
  }
}

/** The ARN a policy must allow for this request. */
export function methodArn(api: ApiDefinition, { method, path }: Pick<GatewayRequest, 'method' | 'path'>): string {
  return `arn:aws:execute-api:us-east-1:${ACCOUNT_ID}:${api.id}/${api.stage}/${method}/${path.replace(/^\/+/, '')}`
}

function commonFields(api: ApiDefinition, request: GatewayRequest, { route, pathParameters, resourceId }: Match) {
  const headers = withForwarded(request)
  const query = [...request.query]
  const host = headerOf(request, 'host') ?? ''
  return {
    resource: route.path,
    path: request.path.replace(/^\/+/, '/'),
    httpMethod: request.method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: Object.fromEntries([...Map.groupBy(headers, ([name]) => name)].map(valuesOf)),
    queryStringParameters: query.length > 0 ? Object.fromEntries(query.map(([name, all]) => [name, all.at(-1)])) : null,
    multiValueQueryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
    pathParameters,
    stageVariables: null,
    requestContext: {
      resourceId,
      resourcePath: route.path,
      httpMethod: request.method,
      extendedRequestId: request.extendedId,
      requestTime: requestTime(request.receivedAt),
      path: `/${api.stage}${request.path}`,
      accountId: ACCOUNT_ID,
      protocol: request.protocol,
      stage: api.stage,
      domainPrefix: host.split(/[.:]/, 1)[0] ?? '',
      requestTimeEpoch: request.receivedAt.getTime(),
      requestId: request.id,
      identity: identityOf(request),
      domainName: host,
      deploymentId: 'local',
      apiId: api.id,
    },
  }
}

function valuesOf([name, all]: [string, (readonly [string, string])[]]): [string, string[]] {
  return [name, all.map(([, value]) => value)]
}

/** Nobody signs requests here, so only the address and the agent are known. */
function identityOf(request: GatewayRequest) {
  return {
    cognitoIdentityPoolId: null,
    accountId: null,
    cognitoIdentityId: null,
    caller: null,
    sourceIp: request.sourceIp,
    principalOrgId: null,
    accessKey: null,
    cognitoAuthenticationType: null,
    cognitoAuthenticationProvider: null,
    userArn: null,
    userAgent: headerOf(request, 'user-agent') ?? null,
    user: null,
  }
}

/** The gateway sets these headers by itself; only the addresses a client claims to have forwarded stay, in front. */
function withForwarded(request: GatewayRequest): (readonly [string, string])[] {
  const before = headerOf(request, 'x-forwarded-for')
  return [
    ...request.headers.filter(([name]) => !/^x-forwarded-(for|port|proto)$/i.test(name)),
    ['X-Forwarded-For', before ? `${before}, ${request.sourceIp}` : request.sourceIp],
    ['X-Forwarded-Port', String(request.port)],
    ['X-Forwarded-Proto', 'http'],
  ]
}

/** Common log format, e.g. `21/Nov/2026:05:10:04 +0000`. */
function requestTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(/[ ,]+/)
  return `${day}/${month}/${year}:${time} +0000`
}
