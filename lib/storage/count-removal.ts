import { chunkKey } from './keys.ts'
import type { Table, TransactItem } from './table.ts'

const counters = {
  revoked: 'revoked',
  failed: 'revocationFailed',
  unsupported: 'revocationUnsupported',
  sibling: 'spared',
} as const

/** Counts a removal in the chunk's own item, by the transaction that removes. */
export const countIn = (
  table: Table,
  chunk: { orgId: string; jobId: string; id: string },
  outcome: keyof typeof counters,
): TransactItem => ({
  Update: {
    TableName: table.name,
    Key: chunkKey(chunk.orgId, chunk.jobId, 'OPEN', chunk.id),
    UpdateExpression: 'SET #movedAt = :now ADD #deleted :one, #counter :one',
    ConditionExpression: 'attribute_exists(#pk)',
    ExpressionAttributeNames: {
      '#pk': 'pk',
      '#deleted': 'deleted',
      '#counter': counters[outcome],
      '#movedAt': 'movedAt',
    },
    ExpressionAttributeValues: { ':one': 1, ':now': Date.now() },
  },
})
