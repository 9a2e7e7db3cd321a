import type * as z from 'zod'
import type { Grant } from './grant.ts'

/** The API surfaces; each is a folder of `functions/` and has one error body. */
export type Surface = 'externalOAuth' | 'externalAuth' | 'connections' | 'integrations' | 'userConnections' | 'pages'

/** A header in which a surface takes the caller's JWT as well as in `Authorization`. */
export const tokenHeaders: Readonly<Partial<Record<Surface, string>>> = { externalAuth: 'Coder-Session-Token' }

/** What a surface answers to a request that is not valid, where that is not 422. */
export const invalidStatuses: Readonly<Partial<Record<Surface, number>>> = { userConnections: 400 }

/**
 * Who may call: anyone; everyone in the organization; its admins; or its admins, or admins and services, where every member
 * may know that the thing exists, so that an unknown id is 404 before the missing role is 403.
 */
export type Access = 'public' | 'member' | 'admin' | 'adminOfKnown' | 'managerOfKnown'

/** One row of the table of operations, from which routes, functions, IAM, validation and documents follow. */
export interface Operation {
  /** Unique; in kebab-case the name of the handler's file in `functions/<surface>/`. */
  readonly id: string
  readonly surface: Surface
  /** `ANY` is every method that API Gateway knows and no other operation of the path has. */
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'ANY'
  /** As clients send it; every path answers with and without its trailing slash. `{name+}` takes the rest of a path. */
  readonly path: `/${string}`
  /** Further paths of the same operation. */
  readonly aliases?: readonly `/${string}`[]
  readonly access: Access
  readonly summary: string
  readonly params?: z.ZodObject
  /** Each key's values as sent; use `single` and `list` of `schemas/query.ts`. */
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Success bodies by status; `null` is no body. */
  readonly replies: Readonly<Record<number, z.ZodType | null>>
  /**
   * Where the answer is another server's own: any status, its headers, its bytes, and nothing in `replies`. With `both`
   * the request is handed on as it came as well.
   */
  readonly relays?: 'answer' | 'both'
  /** MiB that a JSON body may have; 1 unless said. */
  readonly maxBodyMebibytes?: number
  /** The error statuses besides those that every operation may answer. */
  readonly errors: readonly number[]
  /** What the function may do; nothing else is granted. */
  readonly grants: readonly Grant[]
  /** Seconds until Lambda ends the function; 29 unless said. What may refresh a token takes 60. */
  readonly timeoutSeconds?: number
}

/** Keeps the literal types of a row. */
export const defineOperation = <const Row extends Operation>(row: Row): Row => row

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** The parsed path parameters, query and body of an operation. */
export interface Input<Row extends Operation> {
  readonly params: Parsed<Row['params']>
  readonly query: Parsed<Row['query']>
  readonly body: Parsed<Row['body']>
}

/** A request as it came, for an operation that hands it on. */
export interface RawRequest {
  readonly method: string
  /** What `{name+}` stands for: percent-encoded, every slash as it was sent. */
  readonly path: string
  /** With its question mark; empty without a query. */
  readonly query: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array
}

/** The answer of another server. */
interface RelayedReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What an operation answers: what it declares, or what it relays. */
export type Reply<Row extends Operation> = Row['relays'] extends string ? RelayedReply : DeclaredReply<Row>

/** A reply that the operation declares: its status and the body that belongs to it. */
type DeclaredReply<Row extends Operation> = {
  /** Why it is not what was wanted, for the log and the metrics; no part of the answer. */
  readonly reason?: string
} & {
  [Status in keyof Row['replies'] & number]: Row['replies'][Status] extends z.ZodType
    ? {
        readonly status: Status
        readonly body: z.input<Row['replies'][Status]>
        readonly headers?: Readonly<Record<string, string>>
      }
    : { readonly status: Status; readonly body?: never; readonly headers?: Readonly<Record<string, string>> }
}[keyof Row['replies'] & number]
