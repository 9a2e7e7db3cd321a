import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { grantKey, type Key, providerKey } from '../../lib/storage/keys.ts'
import { changes } from '../../lib/storage/table.ts'

/** The rows of a running stack, read and changed behind its back: that is how time passes in tests. */
export interface StoredRows {
  grant(id: string): Promise<Grant | undefined>
  provider(id: string): Promise<Provider | undefined>
  /** Sets the named attributes; undefined removes one. */
  changeGrant(id: string, named: { readonly [Name in keyof Grant]?: Grant[Name] | undefined }): Promise<void>
  changeProvider(id: string, named: { readonly [Name in keyof Provider]?: Provider[Name] | undefined }): Promise<void>
  /** Leaves the access token so many seconds of its life, an hour unless told; without a number it has just expired. */
  age(id: string, secondsLeft?: number, lifeSeconds?: number): Promise<void>
  /** Lets the time pass that a lease or a backoff would take. */
  wait(id: string): Promise<void>
  close(): void
}

/** The rows of an organization, over the wire and past any proxy when an endpoint is given. */
export const storedRows = (
  { stack }: Pick<LocalGrantkeeper, 'stack'>,
  { org = 'acme', endpoint = stack.endpoints.dynamodb }: { org?: string; endpoint?: string } = {},
): StoredRows => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(endpoint, 'us-east-1')))
  const TableName = stack.tableNames[0]
  const get = async <Row>(key: Key): Promise<Row | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }))
    return Item as Row | undefined
  }
  const change = async (key: Key, named: object): Promise<void> => {
    const { UpdateExpression, names, values } = changes(named as Record<string, unknown>)
    await client.send(
      new UpdateCommand({
        TableName,
        Key: key,
        UpdateExpression,
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: names,
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
      }),
    )
  }
  const rows: StoredRows = {
    grant: (id) => get(grantKey(org, id)),
    provider: (id) => get(providerKey(org, id)),
    changeGrant: (id, named) => change(grantKey(org, id), named),
    changeProvider: (id, named) => change(providerKey(org, id), named),
    age: (id, secondsLeft = -1, lifeSeconds = 3600) => {
      const accessTokenExpiresAt = Date.now() + secondsLeft * 1000
      return rows.changeGrant(id, { accessTokenExpiresAt, obtainedAt: accessTokenExpiresAt - lifeSeconds * 1000 })
    },
    wait: (id) => rows.changeGrant(id, { leaseUntil: undefined, retryAt: undefined }),
    close: () => client.destroy(),
  }
  return rows
}
