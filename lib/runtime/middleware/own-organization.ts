import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { Problem } from '../../domain/problem.ts'
import { found } from './request.ts'

/** Where a path names an organization, it must be the caller's own; any other is as unknown as one that nobody has. */
export const ownOrganization: MiddlewareObj<APIGatewayProxyEvent, unknown> = {
  before: ({ event }) => {
    const { params, caller } = found(event)
    const { organisationId } = (params ?? {}) as { organisationId?: string }
    if (organisationId !== undefined && organisationId !== caller?.orgId) throw new Problem('organizationNotFound')
  },
}
