import { CfnParameter, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { propsFromContext } from './context.ts'
import { Grantkeeper } from './grantkeeper.ts'
import type { GrantkeeperProps } from './props.ts'

const LOOPBACK = 'http://(127\\.0\\.0\\.1|localhost|\\[::1\\])(:\\d+)?'

/** What any stack takes, such as `env`, and where the handlers are. */
export interface GrantkeeperStackProps extends StackProps, Pick<GrantkeeperProps, 'handlersPath'> {}

/**
 * Grantkeeper as a stack of its own. What it must be told are the parameters of its template; what else may vary is in
 * the CDK context, as `grantkeeper:<property>`.
 */
export class GrantkeeperStack extends Stack {
  constructor(scope: Construct, id: string, { handlersPath, ...props }: GrantkeeperStackProps = {}) {
    super(scope, id, { description: 'Grantkeeper keeps OAuth grants for an organization', ...props })
    const issuer = new CfnParameter(this, 'Issuer', {
      description: "Issuer of the organization's JWTs, exactly as their iss says",
      allowedPattern: `^(https://[^\\s/?#]+|${LOOPBACK})(/[^\\s?#]*)?$`,
      constraintDescription: 'must be an https URL without query',
    })
    const audience = new CfnParameter(this, 'Audience', {
      description: 'What the aud of the JWTs must hold',
      minLength: 1,
    })
    const publicBaseUrl = new CfnParameter(this, 'PublicBaseUrl', {
      description: 'Where clients reach the API; empty for the URL that API Gateway gives',
      default: '',
      allowedPattern: `^((https://[^\\s/?#]+|${LOOPBACK})(/[^\\s/?#]+)*)?$`,
      constraintDescription: 'must be empty, or an https URL without query and trailing slash',
    })
    const orgClaim = new CfnParameter(this, 'OrgClaim', {
      description: "Claim with the organization's id",
      default: 'org_id',
      minLength: 1,
    })
    const rolesClaim = new CfnParameter(this, 'RolesClaim', {
      description: "Claim with the caller's roles",
      default: 'roles',
      minLength: 1,
    })

    new Grantkeeper(this, 'Grantkeeper', {
      issuer: issuer.valueAsString,
      audience: audience.valueAsString,
      publicBaseUrl: publicBaseUrl.valueAsString,
      orgClaim: orgClaim.valueAsString,
      rolesClaim: rolesClaim.valueAsString,
      ...propsFromContext(this),
      ...(handlersPath !== undefined && { handlersPath }),
    })
  }
}
