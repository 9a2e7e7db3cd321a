import type { FunctionAccess } from '../../../lib/local/template/access.ts'
import type { TableDefinition } from '../../../lib/local/template/tables.ts'

/** A function with a role that Lambda may take on, under these statements. */
export const aRole = (functionId: string, statements: readonly object[]): FunctionAccess => {
  const name = functionId.toLowerCase()
  return {
    functionId,
    logGroup: `/aws/lambda/${functionId}`,
    role: {
      arn: `arn:aws:iam::000000000000:role/${name}`,
      name,
      trust: {
        Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      },
      policies: [{ name: 'Grants', document: { Version: '2012-10-17', Statement: statements } }],
    },
  }
}

/** The table `things`, whose partition key is `pk`. */
export const aTable: TableDefinition = {
  name: 'things',
  keySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  attributes: [{ AttributeName: 'pk', AttributeType: 'S' }],
  indexes: [],
}
