import * as z from 'zod'
import type { MayInvoke } from '../iam/invoke-permissions.ts'
import type { ApiDefinition, AuthorizerDefinition, RouteDefinition } from '../model.ts'
import { readGatewayResponses } from './gateway-responses.ts'
import { parse } from './parse.ts'
import { nameInArn } from './physical.ts'
import type { ResolvedTemplate } from './resolved-template.ts'
import { TemplateError } from './template-error.ts'

const apiSchema = z.object({ BinaryMediaTypes: z.array(z.string()).default([]) })
const stageSchema = z.object({ StageName: z.string() })
const resourceSchema = z.object({ ParentId: z.string(), PathPart: z.string() })

const authorizerSchema = z.object({
  Type: z.literal('REQUEST', 'only REQUEST authorizers are served'),
  AuthorizerUri: z.string(),
  AuthorizerResultTtlInSeconds: z.number().default(300),
  IdentitySource: z.string().default(''),
})

const methodSchema = z.object({
  HttpMethod: z.string(),
  ResourceId: z.string(),
  AuthorizationType: z.enum(['NONE', 'CUSTOM']),
  AuthorizerId: z.string().optional(),
  ApiKeyRequired: z.literal(false, 'API keys are not served').optional(),
  RequestValidatorId: z.undefined('request validators are not served').optional(),
  Integration: z.object({
    Type: z.literal('AWS_PROXY', 'only Lambda proxy integrations are served'),
    Uri: z.string(),
    TimeoutInMillis: z.number().default(29_000),
  }),
})

/** The REST API of a template. Throws `TemplateError` unless there is exactly one, with one stage. */
export function readApi(template: ResolvedTemplate, mayInvoke: MayInvoke): ApiDefinition {
  const [logicalId, properties] = only(template, 'AWS::ApiGateway::RestApi')
  const { BinaryMediaTypes } = parse(apiSchema, properties, `API ${logicalId}`)
  const { ref: id, attributes } = template.physical(logicalId)
  const [stageId, stage] = only(template, 'AWS::ApiGateway::Stage')

  const { StageName } = parse(stageSchema, stage, `stage ${stageId}`)
  const mayBeInvoked = (functionId: string, part: string) =>
    mayInvoke('apigateway.amazonaws.com', functionId, template.arn('execute-api', `${id}/${part}`))

  const pathOf = resourcePaths(template, attributes.RootResourceId ?? '')
  const authorizers = readAuthorizers(template, mayBeInvoked)
  return {
    id,
    stage: StageName,
    routes: template.resources('AWS::ApiGateway::Method').map(([methodId, method]): RouteDefinition => {
      const what = `method ${methodId}`
      const { HttpMethod, ResourceId, AuthorizationType, AuthorizerId, Integration } = parse(methodSchema, method, what)
      const authorizer = authorizers.get(AuthorizerId ?? '')
      if (AuthorizationType === 'CUSTOM' && !authorizer) throw new TemplateError(`${what} has no authorizer`)
      const path = pathOf(ResourceId)
      const functionId = functionOfUri(Integration.Uri, what)
      return {
        method: HttpMethod,
        path,
        functionId,
        isPermitted: mayBeInvoked(functionId, `${StageName}/${HttpMethod}${path}`),
        timeoutMs: Integration.TimeoutInMillis,
        ...(authorizer && { authorizer }),
      }
    }),
    responses: readGatewayResponses(template),
    binaryMediaTypes: BinaryMediaTypes,
  }
}

function readAuthorizers(
  template: ResolvedTemplate,
  mayBeInvoked: (functionId: string, part: string) => boolean,
): Map<string, AuthorizerDefinition> {
  return new Map(
    template.resources('AWS::ApiGateway::Authorizer').map(([logicalId, properties]) => {
      const authorizer = parse(authorizerSchema, properties, `authorizer ${logicalId}`)
      const functionId = functionOfUri(authorizer.AuthorizerUri, `authorizer ${logicalId}`)
      const { ref: authorizerId } = template.physical(logicalId)
      return [
        authorizerId,
        {
          functionId,
          isPermitted: mayBeInvoked(functionId, `authorizers/${authorizerId}`),
          identitySources: authorizer.IdentitySource.split(',').filter((source) => source !== ''),
          ttlSeconds: authorizer.AuthorizerResultTtlInSeconds,
        },
      ]
    }),
  )
}

/** Gives the path of a resource by its id, e.g. `/a/{id}`; of the root it is `/`. */
function resourcePaths(template: ResolvedTemplate, rootId: string): (resourceId: string) => string {
  const resources = new Map(
    template.resources('AWS::ApiGateway::Resource').map(([logicalId, properties]) => {
      return [template.physical(logicalId).ref, parse(resourceSchema, properties, `API resource ${logicalId}`)]
    }),
  )
  const prefix = (resourceId: string): string => {
    if (resourceId === rootId) return ''
    const resource = resources.get(resourceId)
    if (!resource) throw new TemplateError(`there is no API resource ${resourceId}`)
    return `${prefix(resource.ParentId)}/${resource.PathPart}`
  }
  return (resourceId) => prefix(resourceId) || '/'
}

function functionOfUri(uri: string, what: string): string {
  const [, functionArn] = /\/functions\/(arn:[^/]+)\/invocations$/.exec(uri) ?? []
  if (functionArn === undefined) throw new TemplateError(`${what}: ${uri} invokes no function`)
  return nameInArn(functionArn)
}

function only(template: ResolvedTemplate, type: string): [string, unknown] {
  const found = template.resources(type)
  const [first] = found
  if (!first || found.length > 1) throw new TemplateError(`the template has ${found.length} of ${type}, not one`)
  return first
}
