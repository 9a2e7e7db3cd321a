import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { ASSEMBLY, isBuilt } from '../../lib/build/assembly.ts'
import { openDataFolder } from '../../lib/local/data-folder.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { startDynoxide } from '../../lib/local/services/dynoxide.ts'
import { createTables } from '../../lib/local/services/tables.ts'
import { readAssembly } from '../../lib/local/template/assembly.ts'
import { resolveTemplate } from '../../lib/local/template/resolved-template.ts'
import { readTables, type TableDefinition } from '../../lib/local/template/tables.ts'
import type { Item, Table } from '../../lib/storage/table.ts'

/** The product's table, as its template describes it, in a DynamoDB of its own. */
export interface TestTable extends Table {
  /** Every item of the table. */
  items(): Promise<Item[]>
  close(): Promise<void>
}

const tablesOfTheTemplate = (): TableDefinition[] => {
  if (!isBuilt()) throw new Error('The stack is not built from these sources: run npm run build (npm test does)')
  const parameters = { Issuer: 'https://issuer.example', Audience: 'grantkeeper' }
  const names = { queueUrl: (name: string) => name, keyId: (logicalId: string) => logicalId }
  return readTables(
    resolveTemplate(readAssembly(ASSEMBLY), { parameters, region: 'us-east-1', accountId: '000000000000', ...names }),
  )
}

export const aTable = async (): Promise<TestTable> => {
  const folder = openDataFolder(mkdtempSync(join(tmpdir(), 'grantkeeper-table-')))
  const dynoxide = await startDynoxide(folder, () => undefined)
  const raw = new DynamoDBClient(clientConfig(dynoxide.endpoint, 'us-east-1'))
  const tables = tablesOfTheTemplate()
  await createTables(raw, tables, folder.path)
  const client = DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } })
  const name = tables[0]?.name ?? ''
  return {
    client,
    name,
    items: async () => {
      const items: Item[] = []
      let ExclusiveStartKey: Item | undefined
      do {
        const page = await client.send(
          new ScanCommand({ TableName: name, ConsistentRead: true, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
        )
        items.push(...(page.Items ?? []))
        ExclusiveStartKey = page.LastEvaluatedKey
      } while (ExclusiveStartKey)
      return items
    },
    close: async () => {
      raw.destroy()
      await dynoxide.close()
      folder.close()
      rmSync(folder.path, { recursive: true })
    },
  }
}

/** One call of the SDK on its way: its command's name, its input, and the way to send it. */
export interface Sending {
  /** Such as `UpdateCommand`. */
  readonly name: string
  readonly input: Record<string, unknown>
  /** Sends it, as often as it is called. */
  send(): Promise<unknown>
}

/** The same table, where every call goes through `around`: to count, to fail, to repeat, to answer otherwise. */
export const withSends = (table: Table, around: (sending: Sending) => Promise<unknown>): Table => {
  type Command = { input: Record<string, unknown> }
  const send = (command: Command, options?: object): Promise<unknown> =>
    around({
      name: command.constructor.name,
      input: command.input,
      send: () => (table.client.send as (command: Command, options?: object) => Promise<unknown>)(command, options),
    })
  return { name: table.name, client: Object.assign(Object.create(table.client), { send }) as Table['client'] }
}

/** The same table, where the answer to every write is lost once: the SDK then sends the very same write again. */
export const withLostAnswers = (table: Table): Table =>
  withSends(table, async ({ name, send }) => {
    if (/^(Update|Put)Command$/.test(name)) await send()
    return send()
  })

/** An error as the SDK throws it. */
export const awsError = (name: string, members: object = {}): Error => Object.assign(new Error(name), { name }, members)

/** A transaction that was cancelled, with one code per item. */
export const cancelled = (...codes: string[]): Error =>
  awsError('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) })
