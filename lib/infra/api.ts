import { Aws, CfnCondition, Duration, Fn, Names, Token } from 'aws-cdk-lib'
import * as apigateway from 'aws-cdk-lib/aws-apigateway'
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2'
import { Construct } from 'constructs'
import { fileName, operations, pathsOf } from '../contract/index.ts'
import { type Operation, type Surface, tokenHeaders } from '../contract/operation.ts'
import { acknowledge } from './acknowledged.ts'
import { CustomDomain } from './custom-domain.ts'
import { EndpointFunction, type Platform } from './endpoint-function.ts'
import { addGatewayResponses } from './gateway-responses.ts'
import type { GrantkeeperProps } from './props.ts'
import { stageOptions } from './stage-options.ts'

/** The REST API. It is empty until `serve`: its URL is known before, so that functions can be told. */
export class Api extends Construct {
  readonly restApi: apigateway.RestApi
  /** Where clients reach the API, without a trailing slash. */
  readonly publicBaseUrl: string
  readonly domain: CustomDomain | undefined

  constructor(scope: Construct, id: string, props: GrantkeeperProps) {
    super(scope, id)
    const { domain, allowedOrigins = [], publicBaseUrl, webAclArn } = props
    const deployOptions = stageOptions(this, props)
    this.restApi = new apigateway.RestApi(this, 'RestApi', {
      // Of its own, since CloudWatch knows an API by its name.
      restApiName: Names.uniqueResourceName(this, { separator: '-' }),
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      // Without it bodies that are no text arrive damaged.
      binaryMediaTypes: ['*/*'],
      // The role is a setting of the whole account, and not ours to change.
      cloudWatchRole: false,
      ...(domain && { disableExecuteApiEndpoint: true }),
      deployOptions,
    })
    addGatewayResponses(this.restApi, allowedOrigins)
    this.domain = domain && new CustomDomain(this, 'Domain', domain, this.restApi)
    const { stageName } = deployOptions
    const own = domain
      ? `https://${domain.name}`
      : `https://${this.restApi.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${stageName}`
    this.publicBaseUrl = this.givenOr(own, publicBaseUrl)
    if (webAclArn !== undefined) {
      const { stageArn } = this.restApi.deploymentStage
      new CfnWebACLAssociation(this, 'WebAcl', { resourceArn: stageArn, webAclArn })
    }
  }

  /**
   * Makes a function of every operation, with a method on each of its paths.
   * @internal
   */
  serve(platform: Platform, props: GrantkeeperProps): void {
    const { issuer, audience, orgClaim, rolesClaim, successUrl, errorUrl, userConnectionsSource } = props
    const authorize = new EndpointFunction(this, 'authorize', {
      platform,
      description: "Checks the caller's JWT",
      file: 'authorizer/authorize',
      // Discovery and keys of the issuer, 8 s at most each.
      timeoutSeconds: 20,
      grants: [],
      environment: {
        ISSUER: issuer,
        AUDIENCE: audience,
        ORG_CLAIM: orgClaim ?? 'org_id',
        ROLES_CLAIM: rolesClaim ?? 'roles',
      },
    })
    const byAuthorization = new apigateway.RequestAuthorizer(this, 'Authorizer', {
      handler: authorize.function,
      identitySources: [apigateway.IdentitySource.header('Authorization')],
      resultsCacheTtl: Duration.seconds(60),
    })
    // API Gateway wants every identity source that is named, so where either of two headers will do none can be; and
    // what it cannot tell apart it must not keep.
    const byEitherHeader = new apigateway.RequestAuthorizer(this, 'EitherHeaderAuthorizer', {
      handler: authorize.function,
      identitySources: [],
      resultsCacheTtl: Duration.seconds(0),
    })
    // The construct would write an empty one, which is no mapping expression.
    const { defaultChild } = byEitherHeader.node
    if (apigateway.CfnAuthorizer.isCfnAuthorizer(defaultChild))
      defaultChild.addPropertyDeletionOverride('IdentitySource')
    const ends = {
      ...(successUrl !== undefined && { SUCCESS_URL: successUrl }),
      ...(errorUrl !== undefined && { ERROR_URL: errorUrl }),
    }
    // What the functions of one surface alone are told.
    const ofSurface: Readonly<Partial<Record<Surface, Record<string, string>>>> = {
      pages: ends,
      ...(userConnectionsSource && { userConnections: { USER_CONNECTIONS_SOURCE: userConnectionsSource } }),
    }
    for (const operation of operations) {
      const either = tokenHeaders[operation.surface] !== undefined
      this.add(operation, platform, either ? byEitherHeader : byAuthorization, ofSurface[operation.surface] ?? {})
    }
    const unknown = this.addUnknownPath(platform)
    if (platform.allowedOrigins.length > 0) this.addPreflight(platform, unknown)
  }

  private add(
    operation: Operation,
    platform: Platform,
    authorizer: apigateway.IAuthorizer,
    environment: Readonly<Record<string, string>>,
  ): void {
    const { id, surface, method, summary, access, grants, timeoutSeconds = 29 } = operation
    const { function: handler } = new EndpointFunction(this, id, {
      platform,
      description: summary,
      file: `${surface}/${fileName(id)}`,
      timeoutSeconds,
      grants,
      environment,
    })
    // One permission for all paths and both spellings of each, on this API alone.
    const integration = new apigateway.LambdaIntegration(handler, { scopePermissionToMethod: false })
    const authorization =
      access === 'public'
        ? { authorizationType: apigateway.AuthorizationType.NONE }
        : { authorizationType: apigateway.AuthorizationType.CUSTOM, authorizer }
    for (const path of pathsOf(operation)) {
      const made = this.resourceOf(path).addMethod(method, integration, authorization)
      if (access === 'public') acknowledge(made, 'AwsSolutions-APIG4')
    }
  }

  /**
   * GET at any other path: the gateway's own answers are one text for everybody, and a browser is to get a page. A path
   * that there is, by another method, is left to the gateway.
   */
  private addUnknownPath(platform: Platform): readonly apigateway.IResource[] {
    const { function: handler } = new EndpointFunction(this, 'unknownPath', {
      platform,
      description: 'Answers at paths that there are not: a page for browsers',
      file: 'gateway/unknown-path',
      timeoutSeconds: 29,
      grants: [],
    })
    const integration = new apigateway.LambdaIntegration(handler, { scopePermissionToMethod: false })
    const authorization = { authorizationType: apigateway.AuthorizationType.NONE }
    const paths = [this.restApi.root, this.restApi.root.addResource('{path+}')]
    for (const path of paths) acknowledge(path.addMethod('GET', integration, authorization), 'AwsSolutions-APIG4')
    return paths
  }

  /** One function answers the preflight requests of all paths: a mock integration could not name several origins. */
  private addPreflight(platform: Platform, unknown: readonly apigateway.IResource[]): void {
    const { function: handler } = new EndpointFunction(this, 'preflight', {
      platform,
      description: 'Answers the preflight requests of browsers',
      file: 'gateway/preflight',
      timeoutSeconds: 10,
      grants: [],
    })
    const integration = new apigateway.LambdaIntegration(handler, { scopePermissionToMethod: false })
    const authorization = { authorizationType: apigateway.AuthorizationType.NONE }
    const known = operations.flatMap(pathsOf).map((path) => this.resourceOf(path))
    for (const resource of new Set<apigateway.IResource>([...known, ...unknown])) {
      acknowledge(resource.addMethod('OPTIONS', integration, authorization), 'AwsSolutions-APIG4')
    }
  }

  /** One resource answers both spellings; an empty path part would be refused. */
  private resourceOf(path: string): apigateway.Resource {
    return this.restApi.root.resourceForPath(path.replace(/\/$/, ''))
  }

  /** What is given may be known only at deployment, and turn out to be empty. */
  private givenOr(own: string, given = ''): string {
    if (!Token.isUnresolved(given)) return given || own
    const isGiven = new CfnCondition(this, 'HasPublicBaseUrl', {
      expression: Fn.conditionNot(Fn.conditionEquals(given, '')),
    })
    return Fn.conditionIf(isGiven.logicalId, given, own).toString()
  }
}
