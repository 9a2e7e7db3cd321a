import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import { notFound, ownBody } from '../contract/own-answers.ts'
import { crossOriginHeaders } from './cors.ts'
import { headerValues } from './middleware/request.ts'
import { nothingHere } from './pages/nothing-here.ts'
import { everywhere } from './render.ts'

/** The Lambda handler of GET at a path that there is not: a page for who looks at it with a browser, else the JSON. */
export const unknownPath = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
  const isBrowser = headerValues(event, 'accept').some((accept) => /\btext\/html\b/i.test(accept))
  const { headers, body } = isBrowser ? nothingHere : ofPrograms(event)
  return { statusCode: 404, headers: { ...everywhere, 'X-Grantkeeper-Error': notFound.code, ...headers }, body }
}

const ofPrograms = (event: APIGatewayProxyEvent) => ({
  headers: { 'Content-Type': 'application/json', ...crossOriginHeaders(event) },
  body: JSON.stringify(ownBody(notFound.message)),
})
