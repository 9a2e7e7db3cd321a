import { readForms } from '../../lib/local/oauth/html-form.ts'
import type { Caller, Json } from '../support/grantkeeper.ts'
import { answer } from '../support/hostile-answers.ts'
import type { HostileUpstream } from '../support/hostile-upstream.ts'
import type { Recorded } from './canary-life.ts'

interface Life {
  readonly url: string
  readonly upstream: HostileUpstream
  readonly user: Caller['request']
  readonly answers: Recorded[]
  plant(name: string, value: string): string
  tokens(round: number): object
}

/** Connects in a browser: on the page, by the application, and with what goes wrong on the way. */
export const browser = async ({ url, upstream, user, answers, plant, tokens }: Life, { id }: Json): Promise<void> => {
  const ask = async (at: string, cookie = '', form?: Record<string, string>): Promise<Recorded> => {
    const method = form ? 'POST' : 'GET'
    const body = form && new URLSearchParams(form)
    const response = await fetch(at, { method, redirect: 'manual', headers: { cookie }, ...(body && { body }) })
    const { status, headers } = response
    const asked = `${method} ${new URL(at).pathname}`
    const recorded = { status, headers, text: await response.text(), body: undefined, asked }
    answers.push(recorded)
    return recorded
  }
  const cookieOf = ({ headers }: Recorded, name: string): string => {
    const [pair = ''] = headers.get('set-cookie')?.split(';') ?? []
    plant(`the cookie of ${name}`, pair.split('=')[1] ?? '')
    return pair
  }
  const formOf = ({ text }: Recorded, name: string): Record<string, string> => {
    const fields = Object.fromEntries(readForms(text, new URL(url))[0]?.fields ?? [])
    plant(`the csrf token of ${name}`, fields['csrf'] ?? '')
    return fields
  }
  /** From a ticket to the redirect of the provider, and the cookie that belongs to it. */
  const begin = async (name: string, ending: Json = {}): Promise<{ redirect: URL; cookie: string }> => {
    const ticket = await user('POST', '//api/connect-tickets', { integrationId: id, ...ending })
    plant(`the ticket of ${name}`, new URL(ticket.body.url).searchParams.get('ticket') ?? '')
    const page = await ask(ticket.body.url)
    const form = formOf(page, `the page of ${name}`)
    const cookie = cookieOf(page, `the page of ${name}`)
    await ask(`${url}/oauth2/connect`, '', form)
    const begun = await ask(`${url}/oauth2/connect`, cookie, form)
    const location = new URL(begun.headers.get('location') ?? '')
    plant(`the state of ${name}`, location.searchParams.get('state') ?? '')
    const back = await fetch(location, { redirect: 'manual' })
    const redirect = new URL(back.headers.get('location') ?? '')
    plant(`the code of ${name}`, redirect.searchParams.get('code') ?? '')
    return { redirect, cookie: cookieOf(begun, name) }
  }

  upstream.script('userinfo', answer(200, { sub: 'account-9' }))
  const failing = await begin('a browser that failed')
  upstream.script('token', [answer(500, '{}'), answer(400, { error: 'invalid_grant' })])
  await ask(failing.redirect.href, failing.cookie)
  await ask(failing.redirect.href)

  for (const [round, decision] of [
    [8, 'decline'],
    [9, 'keep'],
  ] as const) {
    const { redirect, cookie } = await begin(`a browser that says ${decision}`)
    upstream.script('token', [answer(200, tokens(round))])
    await ask(redirect.href)
    const form = formOf(await ask(redirect.href, cookie), `the last page of round ${round}`)
    await ask(`${url}/oauth2/connect/decision`, '', { ...form, decision })
    await ask(`${url}/oauth2/connect/decision`, cookie, { ...form, decision })
  }

  const returnTo = 'https://app.example/connected'
  const handed = await begin('a browser with an application', { returnTo })
  const back = await ask(handed.redirect.href, handed.cookie)
  const handle = new URL(back.headers.get('location') ?? '').searchParams.get('handle') ?? ''
  plant('the handle of the application', handle.split('.')[1] ?? '')
  await user('POST', '//api/connect-tickets/complete', { handle: `${handle}x` })
  upstream.script('token', [answer(500, '{}'), answer(200, tokens(10))])
  for (let tries = 0; tries < 3; tries++) await user('POST', '//api/connect-tickets/complete', { handle })

  const begun = await user('GET', `//api/integrations/${id}/connect?returnTo=${encodeURIComponent(returnTo)}`)
  plant('the state of the back end', new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '')
}
