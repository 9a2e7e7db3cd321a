import * as z from 'zod'
import { parse } from '../template/parse.ts'
import { TemplateError } from '../template/template-error.ts'
import { type Statement, statementOf } from './statement.ts'

const texts = z.union([z.string(), z.array(z.string()).nonempty()]).transform((value) => [value].flat())
const scalar = z.union([z.string(), z.boolean(), z.number()]).transform(String)
const values = z.union([scalar, z.array(scalar).nonempty()]).transform((value) => [value].flat())

// Strict: an element that is not understood must not be left out of a decision.
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.record(z.string(), texts)]).optional(),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
})

const documentSchema = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).optional(),
  Id: z.string().optional(),
  Statement: z.unknown(),
})

/** One statement of a policy as it is written, lists always as lists. */
export type StatementElement = z.infer<typeof statementSchema>

/** Reads a resolved policy document. Throws `TemplateError`, with `what`, for anything that the gate cannot decide by. */
export function parsePolicy(document: unknown, what: string): Statement[] {
  // Variables are filled in by IAM from what it knows of the caller, which is not known here.
  if (JSON.stringify(document)?.includes('${')) throw new TemplateError(`${what}: policy variables are not known`)
  return [parse(documentSchema, document, what).Statement].flat().map((written, place) => {
    const which = `${what}, statement ${place + 1}`
    const element = parse(statementSchema, written, which)
    try {
      return statementOf(element)
    } catch (error) {
      if (error instanceof TemplateError) throw new TemplateError(`${which}: ${error.message}`, { cause: error })
      throw error
    }
  })
}
