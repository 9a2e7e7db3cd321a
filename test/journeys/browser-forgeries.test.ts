import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aTicket,
  type BarePage,
  completeHandle,
  openBare,
  openBareLastPage,
  postForm,
  toLastPage,
} from '../support/browser-connect.ts'
import { aBrowserScene, type BrowserScene } from '../support/browser-scene.ts'
import { checked } from '../support/conforms.ts'
import { aCaller, type Caller, type Json } from '../support/grantkeeper.ts'

let scene: BrowserScene
/** Of the same organization; means harm. */
let mallory: Caller
beforeAll(async () => {
  scene = await aBrowserScene()
  mallory = checked(await aCaller(scene.grantkeeper, { user: 'mallory' }))
})
afterAll(() => scene.close())

const ticketOf = (caller: Caller, ending: Json = {}): Promise<string> => aTicket(caller, scene.provider.id, ending)
const here = () => ({ returnTo: scene.returnTo })

describe('a ticket', () => {
  test('is used once: neither its page nor its form is good again', async () => {
    const link = await ticketOf(scene.grace)
    const page = await openBare(link)

    const posts = await Promise.all(Array.from({ length: 5 }, () => postForm(page.action, page.fields, page.cookie)))
    const again = await fetch(link, { headers: { cookie: page.cookie } })

    expect(posts.map(({ status }) => status).sort()).toEqual([303, 400, 400, 400, 400])
    expect([again.status, await again.text()]).toEqual([400, expect.stringContaining('This link is no longer good')])
  })

  test.each<[string, (link: URL) => void]>([
    ['that nobody has issued', (link) => link.searchParams.set('ticket', 'A'.repeat(43))],
    ['that is none', (link) => link.searchParams.set('ticket', '<script>alert(1)</script>')],
    ['that is left out', (link) => link.searchParams.delete('ticket')],
    ['that is given twice', (link) => link.searchParams.append('ticket', 'another')],
    ['that is endless', (link) => link.searchParams.set('ticket', 'x'.repeat(4000))],
  ])('%s shows nothing of any other', async (_, change) => {
    const link = new URL(await ticketOf(scene.grace))
    change(link)

    const response = await fetch(link)

    const html = await response.text()
    expect(response.status).toBe(400)
    expect(html).toContain('This link is no longer good')
    expect(html).not.toMatch(/grace|acme|Demo drive|script/)
    expect(response.headers.get('set-cookie')).toBeNull()
  })
})

/** How a form may come that our page has not sent, and what the page then is. */
const forgeries: readonly (readonly [
  string,
  (page: BarePage, another: BarePage) => [Record<string, string>, string],
])[] = [
  ['without the cookie of its page', ({ fields }) => [fields, '']],
  ['with an empty cookie', ({ fields, cookie }) => [fields, `${cookie.split('=')[0]}=`]],
  ['with a cookie of one’s own', ({ fields, cookie }) => [fields, `${cookie.split('=')[0]}=${'A'.repeat(43)}`]],
  ['with the cookie of another page', ({ fields }, another) => [fields, another.cookie]],
  [
    'with the token of another page',
    ({ fields, cookie }, another) => [{ ...fields, csrf: another.fields['csrf'] ?? '' }, cookie],
  ],
  ['with a token of one’s own', ({ fields, cookie }) => [{ ...fields, csrf: 'A'.repeat(43) }, cookie]],
]

describe('a form', () => {
  test.each(forgeries)('%s does not use the ticket up', async (_, forge) => {
    const page = await openBare(await ticketOf(scene.grace))
    const [fields, cookie] = forge(page, await openBare(await ticketOf(mallory)))

    const forged = await postForm(page.action, fields, cookie)

    expect([forged.status, forged.headers.get('location')]).toEqual([403, null])
    expect(await forged.text()).toContain('This did not come from our page')
    expect((await postForm(page.action, page.fields, page.cookie)).status).toBe(303)
  })

  test('without its token is refused', async () => {
    const { action, fields, cookie } = await openBare(await ticketOf(scene.grace))
    const { csrf: _, ...without } = fields

    expect((await postForm(action, without, cookie)).status).toBe(422)
  })

  test.each(forgeries)('%s decides nothing about an account', async (_, forge) => {
    const page = await openBareLastPage(await ticketOf(mallory), 'forged-yes')
    const [fields, cookie] = forge(page, await openBareLastPage(await ticketOf(scene.grace), 'forged-yes'))

    const forged = await postForm(page.action, { ...fields, decision: 'keep' }, cookie)

    expect(forged.status).toBe(403)
    expect(await scene.accountsOf(mallory)).not.toContain('forged-yes')
    const declined = await postForm(page.action, { ...page.fields, decision: 'decline' }, page.cookie)
    expect(declined.status).toBe(200)
  })

  test('with a cookie and a token that fit each other, but no flow of theirs, decides nothing', async () => {
    const { redirect, page } = await toLastPage(await ticketOf(scene.grace), 'fitting')
    const mine = await openBare(await ticketOf(mallory))
    const [form] = page.forms
    const flow = form?.fields.get('flow') ?? ''

    const forged = await postForm(
      new URL(page.forms[0]?.action ?? ''),
      { ...mine.fields, flow, decision: 'keep' },
      mine.cookie,
    )

    expect(forged.status).toBe(403)
    expect(await scene.flowOf(redirect)).toBeDefined()
    expect(await scene.accountsOf(scene.grace)).not.toContain('fitting')
  })
})

describe('a handle', () => {
  const aHandle = async (account: string): Promise<{ handle: string; redirect: URL }> => {
    const { redirect, page } = await toLastPage(await ticketOf(scene.grace, here()), account)
    return { handle: page.url.searchParams.get('handle') ?? '', redirect }
  }

  test.each<[string, () => Promise<Caller>]>([
    ['another user', async () => mallory],
    ['an admin', () => aCaller(scene.grantkeeper, { user: 'ada', roles: ['admin'] })],
    [
      'a service for another user',
      () => aCaller(scene.grantkeeper, { user: 'bot', roles: ['service'], headers: { 'x-on-behalf-of': 'mallory' } }),
    ],
    ['a user of the same id in another organization', () => aCaller(scene.grantkeeper, { org: 'globex' })],
  ])('is unknown to %s, and stays good for its own', async (_, who) => {
    const { handle } = await aHandle('not-yours')
    const caller = await who()
    const before = scene.tokenRequests()

    const foreign = await completeHandle(caller, handle)
    const unknown = await completeHandle(caller, `${'A'.repeat(43)}.${'A'.repeat(43)}`)

    expect([foreign.status, foreign.text]).toEqual([400, unknown.text])
    expect(scene.tokenRequests()).toBe(before)
    expect((await completeHandle(scene.grace, handle)).status).toBe(201)
  })

  test.each<[string, (handle: string) => string, number]>([
    ['with another secret', (handle) => `${handle.split('.')[0]}.${'A'.repeat(43)}`, 400],
    ['without its secret', (handle) => handle.split('.')[0] ?? '', 422],
    ['with more after it', (handle) => `${handle}.x`, 422],
    ['with a flow of nobody', (handle) => `${'A'.repeat(43)}.${handle.split('.')[1]}`, 400],
    ['that is empty', () => '', 422],
    ['that is no handle', () => '\ud800', 422],
    ['that is endless', () => 'x'.repeat(5000), 422],
  ])('%s is refused', async (_, change, status) => {
    const { handle } = await aHandle('mangled')

    expect((await completeHandle(scene.grace, change(handle))).status).toBe(status)
  })

  test('stands nowhere in the table, and nor does the code', async () => {
    const { handle, redirect } = await aHandle('hidden')

    const stored = JSON.stringify(await scene.rows.of('FLOW#'))

    expect(stored).not.toContain(handle.split('.')[1])
    expect(stored).not.toContain(redirect.searchParams.get('code'))
    expect(stored).not.toContain(redirect.searchParams.get('state'))
  })

  test('ends with its flow', async () => {
    const { handle, redirect } = await aHandle('too-late')
    await scene.rows.change(await scene.flowOf(redirect), { expiresAt: Date.now() - 1 })

    expect((await completeHandle(scene.grace, handle)).status).toBe(400)
  })
})
