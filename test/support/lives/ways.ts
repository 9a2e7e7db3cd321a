import { consent } from '../../../lib/local/oauth/scripted-browser.ts'
import type { ScriptedBrowser } from '../browser.ts'
import { answerPage, aTicket, completeHandle, throughConsent, toLastPage } from '../browser-connect.ts'
import { initConnection } from '../credentials.ts'
import { eventually } from '../eventually.ts'
import { aDevice, externalAuthOf } from '../external-auth.ts'
import { type Answer, aRedirect, type Caller, type Json } from '../grantkeeper.ts'
import { aCodeOf } from './app-code.ts'
import { expecting, type Life } from './life.ts'

/** One way to connect an account. */
export interface Way {
  /** The functions that begin; each that finishes has a way of its own. */
  readonly starters: readonly string[]
  readonly finisher: string
  /** What the finisher answers when all is well. */
  readonly status: number
  /** What the provider needs besides. */
  readonly overrides?: Record<string, unknown>
  /** Begins, lets the account consent, and answers what finishes. */
  readonly begin: (caller: Caller, provider: Json, account: string, org: string) => Promise<Finish>
}

type Finish = () => Promise<Pick<Answer, 'status' | 'text' | 'body'>>

const inBrowser =
  (open: () => ReturnType<ScriptedBrowser['open']>): Finish =>
  async () => {
    const arrival = await open()
    const { status, html } = arrival.kind === 'page' ? arrival : { status: 0, html: '' }
    return { status, text: html, body: undefined }
  }

/** Every way; `returnTo` is a redirect URI of the providers, on a server that answers. */
export const waysOf = ({ stack, api }: Life): readonly Way[] => [
  {
    starters: ['externalOAuth/authorize-provider'],
    finisher: 'externalOAuth/complete-callback',
    status: 200,
    begin: async (caller, { id }, account) => {
      const redirect = await aRedirect(caller, id, account)
      return () => caller.post('/providers/callback/', redirect)
    },
  },
  {
    starters: ['connections/init-connection'],
    finisher: 'connections/finish-connection',
    status: 200,
    begin: async (caller, { id }, account, org) => {
      const { url } = await expecting(200, initConnection(caller, { providerId: id }, org))
      const { searchParams } = await consent(url, { account })
      return () => caller.get(`//connections/oauth2/callback?${searchParams}`)
    },
  },
  {
    starters: ['externalAuth/start-external-auth-device'],
    finisher: 'externalAuth/complete-external-auth-device',
    status: 204,
    begin: async (caller, provider, account) => {
      const device = await aDevice(caller, { id: provider.slug })
      await stack.upstream.control.decideDevice({ userCode: device.user_code, decision: 'allow', account })
      return () =>
        eventually(
          () => externalAuthOf(caller).poll(provider.slug, device.device_code),
          ({ body }) => !['authorization_pending', 'slow_down'].includes(body?.detail),
        )
    },
  },
  {
    starters: [],
    finisher: 'integrations/connect-directly',
    status: 201,
    begin: async (caller, { slug }, account) => {
      const body = await aCodeOf(stack, account)
      return () => caller.post(`//api/integrations/${slug}/connect`, body)
    },
  },
  {
    starters: ['pages/confirm-connect'],
    finisher: 'integrations/complete-connect-ticket',
    status: 201,
    begin: async (caller, { slug }, account) => {
      const { browser, redirect } = await throughConsent(await aTicket(caller, slug, { returnTo: api.origin }), {
        account,
      })
      const { url } = await browser.open(redirect)
      return () => completeHandle(caller, url.searchParams.get('handle'))
    },
  },
  {
    starters: ['integrations/initiate-connect'],
    finisher: 'integrations/complete-connect-ticket',
    status: 201,
    begin: async (caller, { slug }, account) => {
      const link = await initiated(caller, slug, { returnTo: api.origin })
      const { browser, redirect } = await throughConsent(link, { account })
      const { url } = await browser.open(redirect)
      return () => completeHandle(caller, url.searchParams.get('handle'))
    },
  },
  ...(['show-callback', 'show-shared-callback'] as const).map(
    (page): Way => ({
      starters: ['pages/confirm-connect'],
      finisher: `pages/${page}`,
      status: 200,
      ...(page === 'show-shared-callback' && { overrides: { redirectUris: [`${stack.url}/oauth2/callback`] } }),
      begin: async (caller, { slug }, account) => {
        const { browser, redirect } = await throughConsent(await aTicket(caller, slug), { account })
        return inBrowser(() => browser.open(redirect))
      },
    }),
  ),
  {
    starters: ['pages/show-connect', 'pages/confirm-connect', 'pages/show-callback'],
    finisher: 'pages/decide-connect',
    status: 200,
    begin: async (caller, { slug }, account) => {
      const { browser, page } = await toLastPage(await aTicket(caller, slug), account)
      return inBrowser(() => answerPage(browser, page, 'keep'))
    },
  },
]

const initiated = async (caller: Caller, slug: string, query: Record<string, string>): Promise<string> => {
  const answer = await caller.get(`//api/integrations/${slug}/connect?${new URLSearchParams(query)}`)
  return answer.headers.get('location') ?? ''
}
