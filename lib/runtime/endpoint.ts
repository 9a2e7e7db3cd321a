import middy from '@middy/core'
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda'
import type { Input, Operation, RawRequest, Reply } from '../contract/operation.ts'
import type { Caller } from '../domain/caller.ts'
import { withDeadline } from '../domain/deadline.ts'
import { answer } from './middleware/answer.ts'
import { authorizeRole } from './middleware/authorize-role.ts'
import { identify } from './middleware/identify.ts'
import { ownOrganization } from './middleware/own-organization.ts'
import { readCookies } from './middleware/read-cookies.ts'
import { validate } from './middleware/validate.ts'

/** What a handler gets: the checked input, and who calls. A public operation has no caller, a page the browser's cookies. */
export type EndpointRequest<Row extends Operation> = Input<Row> &
  (Row['access'] extends 'public' ? unknown : { readonly caller: Caller }) &
  (Row['relays'] extends 'both' ? { readonly raw: RawRequest } : unknown) &
  (Row['surface'] extends 'pages' ? { readonly cookies: ReadonlyMap<string, string> } : unknown)

/** A request takes this long at most, from when the gateway received it; the gateway itself gives up after 29 s. */
const REQUEST_MS = 27_000
/** Left to answer in. */
const MARGIN_MS = 500

/**
 * The Lambda handler of an operation. Curried, so that the operation is known before its replies are checked:
 * `endpoint(getProvider)(async ({ params, caller }) => ({ status: 200, body }))`.
 * Whatever the handler throws becomes a reply here, and only here.
 */
export const endpoint =
  <Row extends Operation>(operation: Row) =>
  (handle: (request: EndpointRequest<Row>) => Promise<Reply<Row>>) => {
    const pipeline = middy<APIGatewayProxyEvent, unknown>({ timeoutEarlyInMillis: 0 })
      // Read downwards: what a request passes. Errors go upwards, to `answer`.
      .use(answer(operation))
      .use(identify(operation))
      .use(readCookies(operation))
      .use(validate(operation))
      .use(ownOrganization)
      .use(authorizeRole(operation))
      .handler((event) => handle((event as unknown as { request: EndpointRequest<Row> }).request))

    return (event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> =>
      withDeadline(timeLeft(event, context), async () => (await pipeline(event, context)) as APIGatewayProxyResult)
  }

const timeLeft = (event: APIGatewayProxyEvent, context: Context): number => {
  const elapsed = Date.now() - (event.requestContext?.requestTimeEpoch ?? Date.now())
  const ofRequest = REQUEST_MS - Math.min(Math.max(elapsed, 0), REQUEST_MS)
  return Math.min(ofRequest, context.getRemainingTimeInMillis() - MARGIN_MS)
}
