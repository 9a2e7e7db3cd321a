import { RemovalPolicy } from 'aws-cdk-lib'
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb'
import * as kms from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import { DUE_INDEX } from '../contract/grant.ts'
import type { SealingKey } from './permissions.ts'
import type { GrantkeeperProps } from './props.ts'
import { policyOf } from './removal.ts'

type NamedTable = Pick<dynamodb.ITable, 'tableArn' | 'tableName'>

/** What outlives every deployment: the one table, and the KMS key under which its data keys are wrapped. */
export class Data extends Construct {
  readonly table: NamedTable
  readonly key: SealingKey
  /** The keys that have wrapped what is in the table, as far as their own ARNs are known: aliases are not. */
  readonly keyArns: readonly string[]

  constructor(scope: Construct, id: string, props: GrantkeeperProps) {
    super(scope, id)
    const { existingTableName, keyArn, previousKeyArns = [] } = props
    const removalPolicy = policyOf(props)
    this.table =
      existingTableName === undefined
        ? this.makeTable(props, removalPolicy)
        : dynamodb.Table.fromTableName(this, 'Table', existingTableName)
    const key = keyArn === undefined ? { arn: this.makeKey(removalPolicy) } : givenKey(keyArn)
    this.key = { ...key, previousArns: previousKeyArns }
    this.keyArns = [...(this.key.alias === undefined ? [key.arn] : []), ...previousKeyArns]
  }

  private makeTable(props: GrantkeeperProps, removalPolicy: RemovalPolicy): NamedTable {
    const { tableName, deletionProtection = removalPolicy !== RemovalPolicy.DESTROY } = props
    const table = new dynamodb.Table(this, 'Table', {
      ...(tableName !== undefined && { tableName }),
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection,
      removalPolicy,
    })
    table.addGlobalSecondaryIndex({
      indexName: DUE_INDEX,
      partitionKey: { name: 'duePk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'dueAt', type: dynamodb.AttributeType.NUMBER },
      projectionType: dynamodb.ProjectionType.INCLUDE,
      nonKeyAttributes: ['orgId', 'id', 'key', 'type'],
    })
    return table
  }

  private makeKey(removalPolicy: RemovalPolicy): string {
    const { keyArn } = new kms.Key(this, 'TokenKey', {
      description: 'Grantkeeper: wraps the data keys that seal tokens and client secrets',
      enableKeyRotation: true,
      // Without the key nothing in the table can ever be opened again.
      removalPolicy,
    })
    return keyArn
  }
}

/** IAM decides by the key behind an alias, whose id is not known here: any key, as long as it has the alias. */
const givenKey = (arn: string): SealingKey => {
  const [account, alias] = arn.split(':alias/')
  return alias === undefined ? { arn } : { arn, resource: `${account}:key/*`, alias: `alias/${alias}` }
}
