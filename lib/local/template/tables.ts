import * as z from 'zod'
import { parse } from './parse.ts'
import type { ResolvedTemplate } from './resolved-template.ts'

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))

const indexSchema = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'INCLUDE', 'KEYS_ONLY']),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
})

const tableSchema = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: z.array(indexSchema).default([]),
  LocalSecondaryIndexes: z.undefined('local secondary indexes are not served').optional(),
  ResourcePolicy: z.undefined('resource policies of tables are not served').optional(),
  StreamSpecification: z.undefined('streams are not served').optional(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
})

type Table = z.infer<typeof tableSchema>

/** A global secondary index, as `CreateTable` takes it. */
export type IndexDefinition = z.infer<typeof indexSchema>

/** A DynamoDB table. */
export interface TableDefinition {
  readonly name: string
  readonly keySchema: Table['KeySchema']
  readonly attributes: Table['AttributeDefinitions']
  readonly indexes: readonly IndexDefinition[]
  /** The attribute with the item's end of life, in seconds since 1970. */
  readonly ttlAttribute?: string
}

/** The tables of a template. */
export function readTables(template: ResolvedTemplate): TableDefinition[] {
  return template.resources('AWS::DynamoDB::Table').map(([logicalId, properties]) => {
    const table = parse(tableSchema, properties, `table ${logicalId}`)
    const ttl = table.TimeToLiveSpecification
    return {
      name: template.physical(logicalId).ref,
      keySchema: table.KeySchema,
      attributes: table.AttributeDefinitions,
      indexes: table.GlobalSecondaryIndexes,
      ...(ttl?.Enabled && { ttlAttribute: ttl.AttributeName }),
    }
  })
}
