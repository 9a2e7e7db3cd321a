import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { Operation } from '../../contract/operation.ts'
import { found, headerValues } from './request.ts'

/** The cookies of a browser, for pages alone: no other surface may come to trust what a browser sends by itself. */
export const readCookies = ({ surface }: Operation): MiddlewareObj<APIGatewayProxyEvent, unknown> => ({
  before: ({ event }) => {
    if (surface !== 'pages') return
    const pairs = headerValues(event, 'cookie').flatMap((header) => header.split(';'))
    found(event).cookies = new Map(
      pairs.map((pair) => {
        const [name = '', ...value] = pair.split('=')
        return [name.trim(), value.join('=').trim()]
      }),
    )
  },
})
