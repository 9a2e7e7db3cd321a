import { errorWordOf, type Landing, withParameter } from '../domain/connect/landing.ts'
import { csrfToken } from './browser-cookie.ts'
import { configuration } from './configuration.ts'
import { confirmAccount } from './pages/confirm-account.ts'
import { connected } from './pages/connected.ts'
import { declined } from './pages/declined.ts'
import { refusedForApplication, returnToApplication } from './pages/return-to-application.ts'

/** A page, or a redirect: after a form by 303 (RFC 9110 section 15.4.4), else by 302. */
type LandingReply<Redirect extends 302 | 303> =
  | { readonly status: 200; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly status: Redirect; readonly headers: Readonly<Record<string, string>>; readonly reason?: string }

/**
 * Where a browser lands: at `returnTo`, else at the configured page, else on one of ours. What follows gets the id of the
 * grant or one of our own words, and nothing that a provider sent. Throws the problem that there is no place to tell.
 */
export const landingReply = <Redirect extends 302 | 303>(
  landing: Landing,
  redirect: Redirect,
): LandingReply<Redirect> => {
  const to = (url: string): LandingReply<Redirect> => ({ status: redirect, headers: { Location: url } })
  const show = (shown: ReturnType<typeof declined>): LandingReply<Redirect> => ({ status: 200, ...shown })
  switch (landing.kind) {
    case 'unknown':
      return show(landing.refused ? refusedForApplication : returnToApplication)
    case 'application':
      return to(landing.url)
    case 'decision':
      return show(decision(landing))
    case 'connected': {
      const end = landing.returnTo ?? configuration.successUrl()
      return end
        ? to(withParameter(end, 'connection', landing.grant.id))
        : show(connected(landing.provider, landing.grant))
    }
    case 'declined': {
      const end = landing.returnTo ?? configuration.errorUrl()
      return end ? to(withParameter(end, 'error', 'access_denied')) : show(declined(landing.provider))
    }
    case 'failed': {
      const end = landing.returnTo ?? configuration.errorUrl()
      const word = errorWordOf(landing.problem)
      if (!end || !word) throw landing.problem
      return { ...to(withParameter(end, 'error', word)), reason: landing.problem.reason }
    }
  }
}

const decision = ({ flow, provider, account, secret }: Extract<Landing, { kind: 'decision' }>) =>
  confirmAccount({
    flow,
    provider,
    account,
    action: `${configuration.publicBaseUrl()}/oauth2/connect/decision`,
    csrf: csrfToken({ key: flow.key, secret }),
    ends: [flow.returnTo, configuration.successUrl(), configuration.errorUrl()].filter((url) => url !== undefined),
  })
