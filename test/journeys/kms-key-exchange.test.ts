import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { aCaller, aGrant, aGrantkeeper, aProvider, type Json } from '../support/grantkeeper.ts'
import { rowsOf } from '../support/rows.ts'
import { synthesizedWith } from '../support/synthesized.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'grantkeeper-keys-'))
const closing: (() => Promise<void> | void)[] = [() => rmSync(dataDir, { recursive: true, force: true })]
let grantkeeper: LocalGrantkeeper | undefined

/** Deploys the stack on the same data, with these settings; nothing is kept unwrapped from one call to the next. */
const deploy = async (context: Record<string, unknown> = {}): Promise<LocalGrantkeeper> => {
  await grantkeeper?.close()
  const { assembly, remove } = await synthesizedWith({ 'grantkeeper:dataKeyCacheSeconds': 0, ...context })
  closing.push(remove)
  grantkeeper = await aGrantkeeper({ dataDir, assembly })
  return grantkeeper
}
const kmsOf = ({ stack }: LocalGrantkeeper) => new KMSClient(clientConfig(stack.endpoints.kms, 'us-east-1'))
const sweep = ({ stack }: LocalGrantkeeper) => stack.functions.invoke(stack.functionId('workers/sweep'), {})
const tokenOf = async (on: LocalGrantkeeper, { id }: Json): Promise<Json> =>
  (await aCaller(on)).post(`/authorizedProviders/${id}/accessToken/`)
const wrappedBy = async (on: LocalGrantkeeper): Promise<string[]> => [
  ...new Set((await rowsOf(on.stack).of('DATAKEY#')).map(({ kmsKeyArn }) => String(kmsKeyArn))),
]
/** As if the hours had passed after which each data key is looked at again. */
const letTimePass = async (on: LocalGrantkeeper): Promise<void> => {
  const rows = rowsOf(on.stack)
  for (const row of await rows.of('DATAKEY#')) await rows.change(row, { dueAt: 1 })
}

let ownArn: string
let newArn: string
let grant: Json
let token: string
beforeAll(async () => {
  const first = await deploy()
  ownArn = String(first.stack.outputs.KeyArn)
  const { KeyMetadata } = await kmsOf(first).send(new CreateKeyCommand({}))
  newArn = String(KeyMetadata?.Arn)
  grant = await aGrant(await aCaller(first), (await aProvider(first)).id)
  token = (await tokenOf(first, grant)).body.accessToken
  expect(await wrappedBy(first)).toEqual([ownArn])
}, 60_000)
afterAll(async () => {
  await grantkeeper?.close()
  for (const close of closing) await close()
})

test('another KMS key takes the place of the first: all opens at once, and after some hours without the first one', async () => {
  const during = await deploy({ 'grantkeeper:keyArn': newArn, 'grantkeeper:previousKeyArns': ownArn })
  expect((await tokenOf(during, grant)).body.accessToken).toBe(token)
  expect(await wrappedBy(during)).toEqual([ownArn])

  await letTimePass(during)
  await sweep(during)

  expect(await wrappedBy(during)).toEqual([newArn])
  await kmsOf(during).send(new DisableKeyCommand({ KeyId: ownArn }))
  expect((await tokenOf(during, grant)).body.accessToken).toBe(token)
  expect(during.stack.iam.denied()).toEqual([])

  const after = await deploy({ 'grantkeeper:keyArn': newArn })
  expect((await tokenOf(after, grant)).body.accessToken).toBe(token)
  expect((await aGrant(await aCaller(after), (await aProvider(after)).id, 'another')).status).toBe('active')
  expect(after.stack.iam.denied()).toEqual([])
}, 120_000)

test('without its name among the previous ones the first key opens nothing, and nothing is changed by trying', async () => {
  const wrong = await deploy()

  const answer = await tokenOf(wrong, grant)

  expect(answer.status).toBeGreaterThanOrEqual(500)
  expect(answer.body).not.toHaveProperty('accessToken')
  const right = await deploy({ 'grantkeeper:keyArn': newArn })
  expect((await tokenOf(right, grant)).body.accessToken).toBe(token)
}, 120_000)
