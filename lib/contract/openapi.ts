import * as z from 'zod'
import { methodsOf, operations, pathsOf } from './index.ts'
import { invalidStatuses, type Operation, type Surface, tokenHeaders } from './operation.ts'
import { errorBodies, errorBody } from './schemas/error.ts'

type Json = Record<string, unknown>

const meanings: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
  302: 'On to the URL in Location',
  303: 'On to the URL in Location',
  400: 'The flow cannot be finished with this',
  401: 'No valid token',
  403: 'Not allowed',
  404: 'Unknown, or of somebody else',
  409: 'Not in the state for this',
  410: 'The grant is dead; connect again',
  413: 'Too large',
  422: 'Not valid; every field that is wrong is named',
  429: 'Too many requests',
  500: 'A failure of ours',
  502: 'A failure of the provider',
  503: 'Not now; try again after Retry-After',
  504: 'Not finished in time',
}

/** What every operation may answer besides its own errors; 403 and 422 because of `X-On-Behalf-Of`. */
const anyTime = ({ access, surface }: Operation): readonly number[] =>
  access === 'public' ? [429, 500, 503, 504] : [401, 403, invalidStatuses[surface] ?? 422, 429, 500, 503, 504]

const onBehalfOf: Json = {
  name: 'X-On-Behalf-Of',
  in: 'header',
  required: false,
  description: 'The user of the organization for whom a caller with the role `service` acts.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

/** The table of operations as an OpenAPI 3.1 document. */
export const openapi = (): Json => {
  const schemas: Json = {}
  const paths: Record<string, Json> = {}
  for (const operation of operations) {
    for (const [place, path] of pathsOf(operation).entries()) {
      const described = methodsOf(operation).map((method) => [
        method.toLowerCase(),
        describe(operation, schemas, (place > 0 ? 'Alias' : '') + (operation.method === 'ANY' ? capital(method) : '')),
      ])
      paths[documented(path)] = { ...paths[documented(path)], ...Object.fromEntries(described) }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Grantkeeper',
      version: '0.1.0',
      summary: 'Keeps OAuth grants for an organization',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b))),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        ...Object.fromEntries(Object.entries(tokenHeaders).map(([surface, name]) => [surface, inHeader(name)])),
      },
    },
  }
}

/** OpenAPI has no word for a parameter that takes several segments. */
export const documented = (path: string): string => path.replace('+}', '}')

const capital = (method: string): string => method.charAt(0) + method.slice(1).toLowerCase()

/** What says of an answer that it is another server's. */
const relayed: Json = {
  description: "The API's own answer: its status, its headers, its body, without the token",
  content: { '*/*': {} },
}

/** `suffix` tells the operations of one row apart. */
const describe = (operation: Operation, schemas: Json, suffix: string): Json => {
  const { id, surface, access, summary, params, query, body, relays, replies, errors } = operation
  const parameters = [
    ...parametersOf(params, 'path', schemas),
    ...parametersOf(query, 'query', schemas),
    ...(access === 'public' ? [] : [onBehalfOf]),
  ]
  const mediaType = surface === 'pages' ? 'text/html' : 'application/json'
  const bodyType = surface === 'pages' ? 'application/x-www-form-urlencoded' : 'application/json'
  return {
    operationId: id + suffix,
    summary,
    tags: [surface],
    ...(access === 'public' ? { security: [] } : alternatives(surface)),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { [bodyType]: { schema: schemaOf(body, 'input', schemas) } } },
    }),
    ...(relays === 'both' && { requestBody: { content: { '*/*': {} } } }),
    responses: {
      ...(relays && { default: relayed }),
      ...Object.fromEntries(
        Object.entries(replies).map(([status, schema]) => [
          status,
          {
            description: meanings[Number(status)],
            ...(schema && { content: { [mediaType]: { schema: schemaOf(schema, 'output', schemas) } } }),
          },
        ]),
      ),
      ...Object.fromEntries(
        [...new Set([...errors, ...anyTime(operation)])].sort().map((status) => [
          status,
          {
            description: meanings[status],
            content: errorContent(surface, schemas),
          },
        ]),
      ),
    },
  }
}

/** What a page cannot say, since the gateway answers by itself, comes as JSON there as well. */
const errorContent = (surface: Surface, schemas: Json): Json => ({
  ...(surface === 'pages' && { 'text/html': { schema: schemaOf(errorBodies.pages, 'output', schemas) } }),
  'application/json': {
    schema: schemaOf(surface === 'pages' ? errorBody : errorBodies[surface], 'output', schemas),
  },
})

const inHeader = (name: string): Json => ({ type: 'apiKey', in: 'header', name, description: 'The same JWT.' })

/** The ways to send the token, where there are more than the one of all surfaces. */
const alternatives = (surface: Surface): Json =>
  tokenHeaders[surface] === undefined ? {} : { security: [{ bearer: [] }, { [surface]: [] }] }

const parametersOf = (schema: z.ZodObject | undefined, where: 'path' | 'query', schemas: Json): Json[] =>
  Object.entries(schema?.shape ?? {}).map(([name, member]) => ({
    name,
    in: where,
    required: where === 'path',
    ...(where === 'query' && { style: 'form', explode: true }),
    schema:
      where === 'path' ? schemaOf(member as z.ZodType, 'input', schemas) : querySchema(member as z.ZodType, schemas),
  }))

/** Query values arrive as lists of strings; what is documented is what each value must be. */
const querySchema = (member: z.ZodType, schemas: Json): Json => {
  const { multiple, value } = (member.meta() ?? {}) as { multiple?: boolean; value?: z.ZodType }
  const schema = value ? schemaOf(value, 'input', schemas) : { type: 'string' }
  return multiple ? { type: 'array', items: schema } : schema
}

/** The JSON Schema of a zod schema; what has an id, itself included, goes to the components, and a reference stays. */
const schemaOf = (schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json => {
  const {
    $schema: _,
    $defs = {},
    ...json
  } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    // Answers may gain members, and the gateway's own errors have one more: a client that is strict must not break.
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    },
  }) as Json & { $defs?: Json }
  const rewritten = JSON.parse(JSON.stringify({ json, $defs }).replaceAll('"#/$defs/', '"#/components/schemas/')) as {
    json: Json
    $defs: Json
  }
  Object.assign(schemas, rewritten.$defs)
  return rewritten.json
}
