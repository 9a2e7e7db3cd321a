import * as z from 'zod'
import { time } from './fields.ts'
import { single } from './query.ts'

const integer = 'A valid integer is required.'

/** Any integer, as its clients send ids; one that cannot be is a number that nobody has. */
export const numberParam = z
  .string()
  .regex(/^[+-]?\d+$/, integer)
  .transform(Number)
  .meta({ type: 'integer' })

/** A provider as clients of this API know it: what has no meaning here says what a source without it would say. */
const source = z
  .object({
    pk: z.uuid(),
    name: z.string(),
    slug: z.string(),
    enabled: z.boolean(),
    authentication_flow: z.uuid().nullable(),
    enrollment_flow: z.uuid().nullable(),
    user_property_mappings: z.array(z.uuid()),
    group_property_mappings: z.array(z.uuid()),
    component: z.string(),
    verbose_name: z.string(),
    verbose_name_plural: z.string(),
    meta_model_name: z.string(),
    policy_engine_mode: z.enum(['all', 'any']),
    user_matching_mode: z.enum(['identifier', 'email_link', 'email_deny', 'username_link', 'username_deny']),
    managed: z.string().nullable(),
    user_path_template: z.string(),
    icon: z.string().nullable(),
  })
  .meta({ id: 'Source' })

/** A grant under a number, for clients whose ids are integers. */
export const userConnection = z
  .object({
    pk: z.int().describe('The number of the grant: given at first sight, and never to another.'),
    user: z.int().describe('The number of the user in this organization; it stays when all grants are gone.'),
    source: z
      .union([source, z.uuid()])
      .describe('The object, or its `pk` where the deployment says `userConnectionsSource: "id"`.'),
    source_obj: z
      .object({
        ...source.shape,
        icon_url: z.string().nullable(),
        icon_themed_urls: z.record(z.string(), z.string()).nullable(),
      })
      .describe("The same, where today's clients look for it."),
    created: time,
    last_updated: time,
    identifier: z.string().describe('The `sub` of the upstream account.'),
  })
  .meta({ id: 'UserOAuthSourceConnection' })

export const userConnections = z
  .object({
    pagination: z.object({
      next: z.int().describe('The number of the next page; 0 when there is none.'),
      previous: z.int(),
      count: z.int(),
      current: z.int(),
      total_pages: z.int(),
      start_index: z.int(),
      end_index: z.int(),
    }),
    results: z.array(userConnection),
    autocomplete: z.record(z.string(), z.unknown()).describe('Nothing; clients expect it.'),
  })
  .meta({ id: 'PaginatedUserOAuthSourceConnectionList' })

const word = single(z.string().max(1024))

export const userConnectionsQuery = z.object({
  page: word,
  page_size: word,
  ordering: word,
  search: word,
  source__slug: word,
  user: single(
    z
      .string()
      .regex(/^[+-]?\d+$/, integer)
      .transform(Number),
  ),
})
