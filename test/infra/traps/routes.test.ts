import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { operations, pathsOf } from '../../../lib/contract/index.ts'
import { defineOperation } from '../../../lib/contract/operation.ts'
import { list } from '../../../lib/contract/schemas/query.ts'
import { buildRouter, type Router } from '../../../lib/local/gateway/router.ts'
import { endpoint } from '../../../lib/runtime/endpoint.ts'
import { logger } from '../../../lib/runtime/logger.ts'
import { aContext, aRequest } from '../../runtime/events.ts'
import { builtStack, type SynthesizedStack } from '../support.ts'

// What works on one machine and breaks on AWS, and how it would show here: how a request finds its function, and what
// of it arrives there.

const root = fileURLToPath(new URL('../../../', import.meta.url))

vi.spyOn(logger, 'info').mockReturnValue(undefined)

const echo = endpoint(
  defineOperation({
    id: 'echo',
    surface: 'externalOAuth',
    method: 'GET',
    path: '/things/{name}/',
    access: 'member',
    summary: 'Answers what it was given',
    params: z.object({ name: z.string() }),
    query: z.object({ ids: list(z.string()) }),
    replies: { 200: z.unknown() },
    errors: [],
    grants: [],
  }),
)(async ({ params, query, caller }) => ({ status: 200, body: { params, query, userId: caller.userId } }))

/** What the function makes of an event. */
const answer = async (event: Partial<APIGatewayProxyEvent> = {}) => {
  const { statusCode, body } = await echo(
    { ...aRequest({ params: { name: 'one' } }), ...event } as APIGatewayProxyEvent,
    aContext(),
  )
  return { statusCode, ...JSON.parse(body) }
}

describe('trap', () => {
  let stack: SynthesizedStack
  let route: Router
  beforeAll(() => {
    stack = builtStack()
    route = buildRouter(stack.read().api.routes)
  })

  test('1: an HTTP API knows no path with a last slash; a REST API takes both spellings to the same resource', () => {
    expect(stack.text).not.toContain('AWS::ApiGatewayV2::')
    for (const operation of operations) {
      for (const path of pathsOf(operation)) {
        const bare = path.replace(/\{\w+\+?\}/g, 'x').replace(/\/$/, '')
        const found = [bare, `${bare}/`].map((spelling) => route(operation.method, spelling))
        expect(found[0]).toBeDefined()
        expect(found[0]).toEqual(found[1])
      }
    }
  })

  test('2: two names for one path variable fail at deployment: under each resource there is at most one', () => {
    const variables = stack
      .ofType('AWS::ApiGateway::Resource')
      .filter(([, { Properties }]) => String(Properties.PathPart).startsWith('{'))
      .map(([, { Properties }]) => JSON.stringify(Properties.ParentId))

    expect(variables.length).toBeGreaterThan(3)
    expect(new Set(variables).size).toBe(variables.length)
  })

  test('3: a function reads the path parameters under the names that its route declares', () => {
    for (const operation of operations) {
      for (const path of pathsOf(operation)) {
        const found = route(operation.method, path.replace(/\{\w+\+?\}/g, 'x'))
        expect(Object.keys(found?.pathParameters ?? {})).toEqual(Object.keys(operation.params?.shape ?? {}))
      }
    }
  })

  test.each(['/v1/payment/things/one/', '//things/one', '/things/one', '/elsewhere'])(
    '4: the path of an event differs by stage and domain: %s changes nothing',
    async (path) => {
      expect(await answer({ path, resource: path })).toEqual(await answer())
    },
  )

  test('4 and 7: headers and path of an event are read in one place; what is handed on, in another', () => {
    const readers = (pattern: RegExp): string[] =>
      ['lib/runtime', 'functions'].flatMap((folder) =>
        readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.ts') && pattern.test(readFileSync(`${root}${folder}/${file}`, 'utf8')))
          .map((file) => `${folder}/${file}`),
      )
    const handsOn = 'lib/runtime/middleware/read-raw.ts'

    expect(readers(/\bevent\??\.(path|resource)\b|\brawPath\b/)).toEqual([])
    // It looks at the end of the path alone, whatever stands before it.
    expect(readers(/requestContext\??\.(path|resourcePath)\b/)).toEqual([handsOn])
    expect(readers(/\bmultiValueHeaders\b|\bevent\??\.headers\b/).sort()).toEqual([
      handsOn,
      'lib/runtime/middleware/request.ts',
    ])
  })

  test('5: path parameters arrive as they were sent, and are decoded once', async () => {
    const nameOf = async (name: string) => {
      const { statusCode, params } = await answer({ pathParameters: { name } })
      return params?.name ?? statusCode
    }

    expect(await nameOf('a%2Bb%40c')).toBe('a+b@c')
    expect(await nameOf('a%252Fb')).toBe('a%2Fb')
    expect(await nameOf('%E0%A4')).toBe(422)
  })

  test('6: of a repeated query parameter the plain map has only the last; no query at all is null', async () => {
    const both = {
      queryStringParameters: { ids: 'b' },
      multiValueQueryStringParameters: { ids: ['a', 'b'] },
    }

    expect((await answer(both)).query).toEqual({ ids: ['a', 'b'] })
    expect((await answer({ queryStringParameters: null, multiValueQueryStringParameters: null })).query).toEqual({})
  })

  test.each(['X-On-Behalf-Of', 'x-on-behalf-of', 'X-ON-BEHALF-OF', 'x-On-bEhaLf-Of'])(
    '7: headers keep the case in which they were sent: %s',
    async (name) => {
      const service = aRequest({ authorizer: { userId: 'bot', orgId: 'acme', roles: 'service', exp: '4102444800' } })
      const { requestContext } = service

      const withBoth = await answer({
        requestContext,
        headers: { [name]: 'grace' },
        multiValueHeaders: { [name]: ['grace'] },
      })
      const withPlain = await answer({ requestContext, headers: { [name]: 'grace' }, multiValueHeaders: {} })

      expect([withBoth.userId, withPlain.userId]).toEqual(['grace', 'grace'])
    },
  )
})
