import { readForms } from '../../lib/local/oauth/html-form.ts'
import { type Arrival, consent, ScriptedBrowser } from './browser.ts'
import type { Answer, Caller, Json } from './grantkeeper.ts'

/** Asks for a link that connects an account of a provider. */
export const askForTicket = (caller: Caller, integrationId: string, body: Json = {}): Promise<Answer> =>
  caller.post('//api/connect-tickets', { integrationId, ...body })

/** The link, as the application hands it to the browser. */
export const aTicket = async (caller: Caller, integrationId: string, body: Json = {}): Promise<string> => {
  const answer = await askForTicket(caller, integrationId, body)
  if (answer.status !== 201) throw new Error(`There is no ticket: ${answer.status} ${answer.text}`)
  return answer.body.url
}

export const completeHandle = (caller: Caller, handle: string | null): Promise<Answer> =>
  caller.post('//api/connect-tickets/complete', { handle })

/** A page, as where a walk came to rest. */
export type PageArrival = Extract<Arrival, { kind: 'page' }>

export const pageOf = (arrival: Arrival): PageArrival => {
  if (arrival.kind !== 'page') throw new Error(`It is no page: ${arrival.url}`)
  return arrival
}

/** What a person reads on a page: no markup, one line. */
export const textOf = ({ html }: { readonly html: string }): string =>
  html
    .replace(/<style>.*?<\/style>|<title>.*?<\/title>|<[^>]+>/gs, ' ')
    .replace(/\s+/g, ' ')
    .trim()

/** From a link to the redirect that the provider sends the browser back with, which is not requested yet. */
export const throughConsent = async (
  link: string,
  { account = 'grace.hopper', deny = false, browser = new ScriptedBrowser() } = {},
): Promise<{ browser: ScriptedBrowser; redirect: URL }> => ({
  browser,
  redirect: await consent(link, { account, deny, browser }),
})

/** From a link to the last page, in a browser of its own. */
export const toLastPage = async (
  link: string,
  account?: string,
): Promise<{ browser: ScriptedBrowser; redirect: URL; page: PageArrival }> => {
  const { browser, redirect } = await throughConsent(link, account === undefined ? {} : { account })
  return { browser, redirect, page: pageOf(await browser.open(redirect)) }
}

/** Answers the last page. */
export const answerPage = async (
  browser: ScriptedBrowser,
  page: PageArrival,
  decision: 'keep' | 'decline',
): Promise<PageArrival> => {
  const [form] = page.forms
  if (!form) throw new Error(`There is no form: ${textOf(page)}`)
  return pageOf(await browser.submit(form, { decision }))
}

/** A page and its cookie, without a browser that looks after either: what is forged is made of them. */
export interface BarePage {
  readonly html: string
  readonly action: URL
  readonly fields: Readonly<Record<string, string>>
  readonly cookie: string
}

export const openBare = async (url: string | URL, cookie = ''): Promise<BarePage> => {
  const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
  const html = await response.text()
  const [form] = readForms(html, new URL(url))
  if (!form) throw new Error(`There is no form: ${response.status} ${textOf({ html })}`)
  const [set = cookie] = response.headers.get('set-cookie')?.split(';') ?? []
  return { html, action: form.action, fields: Object.fromEntries(form.fields), cookie: set }
}

export const postForm = (action: URL, fields: Readonly<Record<string, string>>, cookie = ''): Promise<Response> =>
  fetch(action, { method: 'POST', redirect: 'manual', headers: { cookie }, body: new URLSearchParams(fields) })

/** From a link to the last page, which is then in no browser. */
export const openBareLastPage = async (link: string, account: string): Promise<BarePage> => {
  const first = await openBare(link)
  const begun = await postForm(first.action, first.fields, first.cookie)
  const { redirect } = await throughConsent(begun.headers.get('location') ?? '', { account })
  return openBare(redirect, begun.headers.get('set-cookie')?.split(';')[0])
}
