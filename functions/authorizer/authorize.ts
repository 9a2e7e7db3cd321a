import { authorizer } from '../../lib/runtime/authorizer.ts'
import { configuration } from '../../lib/runtime/configuration.ts'

export const handler = authorizer({
  issuer: configuration.issuer(),
  audience: configuration.audience(),
  orgClaim: configuration.orgClaim(),
  rolesClaim: configuration.rolesClaim(),
})
