import { Aws, CfnCondition, Duration, Fn, Token } from 'aws-cdk-lib'
import * as apigateway from 'aws-cdk-lib/aws-apigateway'
import { Construct } from 'constructs'
import { fileName, operations, pathsOf } from '../contract/index.ts'
import { type Operation, tokenHeaders } from '../contract/operation.ts'
import { EndpointFunction, type Platform } from './endpoint-function.ts'
import { addGatewayResponses } from './gateway-responses.ts'
import type { GrantkeeperProps } from './props.ts'

/** A literal, and not taken from the stage, so that a function's environment can name it: the stage needs the functions. */
const STAGE = 'v1'

/** The REST API. It is empty until `serve`: its URL is known before, so that functions can be told. */
export class Api extends Construct {
  readonly restApi: apigateway.RestApi
  /** Where clients reach the API, without a trailing slash. */
  readonly publicBaseUrl: string

  constructor(scope: Construct, id: string, { publicBaseUrl, throttle }: GrantkeeperProps) {
    super(scope, id)
    this.restApi = new apigateway.RestApi(this, 'RestApi', {
      restApiName: 'Grantkeeper',
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      // Without it bodies that are no text arrive damaged.
      binaryMediaTypes: ['*/*'],
      // The role is a setting of the whole account, and not ours to change.
      cloudWatchRole: false,
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: throttle?.ratePerSecond ?? 1000,
        throttlingBurstLimit: throttle?.burst ?? 2000,
      },
    })
    addGatewayResponses(this.restApi)
    const own = `https://${this.restApi.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${STAGE}`
    this.publicBaseUrl = this.givenOr(own, publicBaseUrl)
  }

  /** Makes a function of every operation, with a method on each of its paths. */
  serve(platform: Platform, props: GrantkeeperProps): void {
    const { issuer, audience, orgClaim, rolesClaim, successUrl = '', errorUrl = '' } = props
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
    for (const operation of operations) {
      const either = tokenHeaders[operation.surface] !== undefined
      const ends = operation.surface === 'pages' ? { SUCCESS_URL: successUrl, ERROR_URL: errorUrl } : {}
      this.add(operation, platform, either ? byEitherHeader : byAuthorization, ends)
    }
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
      // One resource answers both spellings; an empty path part would be refused.
      this.restApi.root.resourceForPath(path.replace(/\/$/, '')).addMethod(method, integration, authorization)
    }
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
