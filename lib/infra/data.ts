import { RemovalPolicy } from 'aws-cdk-lib'
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb'
import * as kms from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import { DUE_INDEX } from '../contract/grant.ts'

/** What outlives every deployment: the one table, and the KMS key under which its data keys are wrapped. */
export class Data extends Construct {
  readonly table: dynamodb.Table
  readonly key: kms.Key

  constructor(scope: Construct, id: string, { tableName }: { readonly tableName?: string | undefined }) {
    super(scope, id)
    this.table = new dynamodb.Table(this, 'Table', {
      ...(tableName !== undefined && { tableName }),
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    this.table.addGlobalSecondaryIndex({
      indexName: DUE_INDEX,
      partitionKey: { name: 'duePk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'dueAt', type: dynamodb.AttributeType.NUMBER },
      projectionType: dynamodb.ProjectionType.INCLUDE,
      nonKeyAttributes: ['orgId', 'id', 'key', 'type'],
    })
    this.key = new kms.Key(this, 'TokenKey', {
      description: 'Grantkeeper: wraps the data keys that seal tokens and client secrets',
      enableKeyRotation: true,
      // Without the key nothing in the table can ever be opened again.
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }
}
