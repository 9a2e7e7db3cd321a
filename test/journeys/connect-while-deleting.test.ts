import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inParallel } from '../../lib/domain/in-parallel.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { finish } from '../support/connecting.ts'
import { deep } from '../support/deep.ts'
import { aCaller, aGrantkeeper, anAdmin, aProvider, aRedirect, type Caller, type Json } from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'
import { sweepFlows } from '../support/sweep-flows.ts'

const INTERLEAVINGS = deep ? 1000 : 64
/** About as long as a callback takes here, so that the deletion begins at every point of it. */
const SPREAD_MS = 160

let grantkeeper: LocalGrantkeeper
let rows: Rows
let grace: Caller
let admin: Caller

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  rows = rowsOf(grantkeeper.stack)
  grace = await aCaller(grantkeeper)
  admin = await anAdmin(grantkeeper)
})
afterAll(() => grantkeeper.close())

/** Finishes a flow and deletes its provider, the one so many milliseconds after the other; answers the callback's status. */
const race = async (number: number): Promise<number> => {
  const account = `racing-${number}`
  // Every third is a shared provider, every other a further consent.
  const provider: Json = await aProvider(grantkeeper, { shared: number % 3 === 0 })
  if (number % 2 === 0) await finish(grace, await aRedirect(grace, provider.id, account))
  const callback = await aRedirect(grace, provider.id, account)
  const offset = ((number * 7) % SPREAD_MS) - SPREAD_MS / 4

  const connect = () => finish(grace, callback)
  const remove = () => admin.delete(`/providers/${provider.id}/`)

  // The first two are one after the other, so that both orders are met however slow the machine is.
  const [answer, deletion] =
    number < 2
      ? await inOrder(number === 0, connect, remove)
      : await Promise.all([delay(Math.max(0, -offset)).then(connect), delay(Math.max(0, offset)).then(remove)])

  expect(deletion.status).toBe(202)
  await completed(deletion.body.location)
  expect((await admin.get(`/providers/${provider.id}/`)).status).toBe(404)
  return answer.status
}

const inOrder = async <A, B>(isFirst: boolean, first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> => {
  if (isFirst) return [await first(), await second()]
  const answer = await second()
  return [await first(), answer]
}

const completed = async (location: string): Promise<void> => {
  const path = new URL(location).pathname.replace('/api/v2/externalOAuth', '')
  for (let tries = 0; tries < 150; tries++) {
    const { body } = await admin.get(path)
    if (body.status === 'COMPLETED') return
    if (body.status === 'ERROR') throw new Error(`The deletion failed: ${JSON.stringify(body)}`)
    await delay(200)
  }
  throw new Error('The deletion did not end')
}

test(`callbacks and the deletion of their provider, ${INTERLEAVINGS} times at every offset, leave nothing behind`, async () => {
  const numbers = Array.from({ length: INTERLEAVINGS }, (_, number) => number)

  const answers = await inParallel(4, numbers, race)
  await sweepFlows(grantkeeper, rows)

  // Both orders were met, and neither ended in a failure of ours.
  expect(answers.filter((status) => ![200, 404, 409].includes(status))).toEqual([])
  expect(answers[0]).toBe(200)
  expect([404, 409]).toContain(answers[1])
  const left = (await rows.of('')).filter(({ pk }) => !/^(JOB|CHUNK|DATAKEY|FLOW)#/.test(pk))
  expect(left).toEqual([])
  // A flow that was refused has sent no code, and leaves by itself.
  for (const flow of await rows.of('FLOW')) expect(Object.keys(flow)).toEqual(expect.arrayContaining(['ttl']))
  expect((await rows.of('FLOW')).filter(({ code, tokens }) => code || tokens)).toEqual([])
  expect(await grantkeeper.upstream.control.liveGrants()).toEqual([])
}, 600_000)
