import type { Grant } from '../grants/grant.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import type { Provider } from '../providers/provider.ts'
import type { BrowserFlow } from './flow.ts'
import type { HeldAccount } from './flow-secrets.ts'

/** Where a browser comes to in the end, or for now. */
export type Landing =
  /** No flow of a browser: the application that holds the state must finish it. */
  | { readonly kind: 'unknown'; readonly refused: boolean }
  | { readonly kind: 'application'; readonly url: string }
  | {
      readonly kind: 'decision'
      readonly flow: BrowserFlow
      readonly provider: Provider
      readonly account: HeldAccount
      /** Of the browser that may decide. */
      readonly secret: string
    }
  | { readonly kind: 'connected'; readonly grant: Grant; readonly provider: Provider; readonly returnTo?: string }
  | { readonly kind: 'declined'; readonly provider: Provider; readonly returnTo?: string }
  | { readonly kind: 'failed'; readonly problem: Problem; readonly returnTo?: string }

/** The words that `?error=` may hold, by what went wrong; nothing else is ever told to the page that comes next. */
export const errorWords = {
  consentDenied: 'access_denied',
  stateRefused: 'expired',
  providerNotActive: 'provider_inactive',
  providerNotFound: 'provider_inactive',
  sharedConnection: 'already_connected',
  upstreamUnavailable: 'provider_unavailable',
  internetOff: 'provider_unavailable',
  upstreamAnswer: 'provider_failed',
  codeRefused: 'provider_failed',
  issuerRefused: 'provider_failed',
  tokenRefused: 'provider_failed',
} as const satisfies Partial<Record<ProblemCode, string>>

export type ErrorWord = (typeof errorWords)[keyof typeof errorWords]

/** The word for a problem that ends a flow; undefined for one that says nothing of it. */
export const errorWordOf = ({ code }: Problem): ErrorWord | undefined =>
  (errorWords as Partial<Record<ProblemCode, ErrorWord>>)[code]

/** Where the flow would have ended, as what is added to a landing. */
export const backTo = ({ returnTo }: Pick<BrowserFlow, 'returnTo'>): { returnTo?: string } =>
  returnTo === undefined ? {} : { returnTo }

/** What `work` comes to; a problem that ends the flow is a place to land as well. */
export const landed = async (flow: Pick<BrowserFlow, 'returnTo'>, work: () => Promise<Landing>): Promise<Landing> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem) || errorWordOf(error) === undefined) throw error
    return { kind: 'failed', problem: error, ...backTo(flow) }
  }
}

/** The URL with one more parameter; what it held before stays as it was written. */
export const withParameter = (url: string, name: string, value: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`
