import * as flags from 'aws-cdk-lib/cx-api'
import type { IConstruct } from 'constructs'

const own = [
  // Without it an authorizer that has changed would never be deployed.
  flags.APIGATEWAY_AUTHORIZER_CHANGE_DEPLOYMENT_LOGICAL_ID,
  flags.APIGATEWAY_LOG_GROUP_DESTINATION_ARN_WITHOUT_WILDCARD,
]

/**
 * Sets the CDK feature flags that the template depends on, for a construct that is still empty, whatever its app says:
 * what is deployed is then what was tested.
 */
export const setOwnFlags = (scope: IConstruct): void => {
  for (const flag of own) scope.node.setContext(flag, true)
}
