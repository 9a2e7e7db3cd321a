import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { Operation } from '../../contract/operation.ts'
import { Problem } from '../../domain/problem.ts'
import { found } from './request.ts'

/** Refuses who has not the role that the row asks for. Rows of `adminOfKnown` ask after they have looked. */
export const authorizeRole = ({ access }: Operation): MiddlewareObj<APIGatewayProxyEvent, unknown> => ({
  before: ({ event }) => {
    if (access === 'admin' && !found(event).caller?.admin) throw new Problem('adminOnly')
  },
})
