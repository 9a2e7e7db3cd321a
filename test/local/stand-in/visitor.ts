import { createHash, randomBytes } from 'node:crypto'
import type { PlayedProvider } from '../../../lib/local/stand-in/played-provider.ts'
import type { StandIn } from '../../../lib/local/stand-in/stand-in.ts'
import { consent } from '../../support/browser.ts'
import type { Json } from '../../support/grantkeeper.ts'
import { type Call, type Manual, manuals } from './manual.ts'

export const REDIRECT_URI = 'http://127.0.0.1:9/oauth2/callback/provider-1'

/** What a provider answered. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON or form; undefined when it is neither. */
  readonly body: Json
}

/** A request as its parts, so that a test can spoil one of them. */
export interface Request {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

type Members = Readonly<Record<string, string | undefined>>

/** What a visitor got: the tokens and the whole answer. */
export interface Tokens {
  readonly access: string
  readonly refresh: string
  readonly reply: Reply
}

/** An app that does as the manual of one provider says. What is changed wins over the manual; undefined leaves it out. */
export class Visitor {
  readonly manual: Manual
  readonly provider: PlayedProvider
  clientId: string
  clientSecret: string
  redirectUri = REDIRECT_URI
  readonly #standIn: StandIn
  readonly #verifier = randomBytes(32).toString('base64url')

  constructor(standIn: StandIn, provider: PlayedProvider, changes: Partial<Manual> = {}) {
    this.#standIn = standIn
    this.provider = provider
    this.manual = { ...manuals[provider], ...changes }
    const { clientId, clientSecret } = standIn.control.client(provider)
    this.clientId = clientId
    this.clientSecret = clientSecret
  }

  authorizationUrl(changes: Members = {}): string {
    const { authorize, authorizeParams, scope, pkce } = this.manual
    const challenge = createHash('sha256').update(this.#verifier).digest('base64url')
    const query = {
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: this.redirectUri,
      state: 'state-1',
      scope,
      ...authorizeParams,
      ...(pkce ? { code_challenge: challenge, code_challenge_method: 'S256' } : {}),
      ...changes,
    }
    return `${this.#standIn.url}/${authorize}?${encode(query)}`
  }

  /** The redirect back to the app after a person said yes, or no. */
  authorize(changes: Members = {}, person: { account?: string; deny?: boolean } = {}): Promise<URL> {
    return consent(this.authorizationUrl(changes), { account: '', ...person })
  }

  /** Whether a person would be asked, or how the authorization request is refused: on a page or back at the app. */
  async ask(changes: Members = {}): Promise<'asked' | { page: string } | { back: string }> {
    const answer = await fetch(this.authorizationUrl(changes), { redirect: 'manual' })
    const location = answer.headers.get('location')
    if (location?.startsWith('/interaction/')) return 'asked'
    if (location !== null) return { back: new URL(location).searchParams.get('error') ?? '' }
    return { page: /<code>(.*?)<\/code>/.exec(await answer.text())?.[1] ?? '' }
  }

  exchange(code: string, changes: Members = {}): Promise<Reply> {
    return this.token({ grant_type: 'authorization_code', code, ...this.#exchangeParams(), ...changes })
  }

  refresh(token: string, changes: Members = {}): Promise<Reply> {
    return this.token({ grant_type: 'refresh_token', refresh_token: token, ...changes })
  }

  async token(members: Members): Promise<Reply> {
    return this.send(this.tokenRequest(members))
  }

  tokenRequest(members: Members): Request {
    const { token, clientAuth, body, headers } = this.manual
    const posted = clientAuth === 'post' ? { client_id: this.clientId, client_secret: this.clientSecret } : {}
    const all = { ...posted, ...members }
    return {
      url: token,
      method: 'POST',
      headers: {
        ...(clientAuth === 'basic' ? { authorization: this.basic() } : {}),
        'content-type': body === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: body === 'json' ? JSON.stringify(all) : encode(all),
    }
  }

  /** All the way to tokens. Throws when the provider gives none. */
  async connect(changes: Members = {}, person: { account?: string } = {}): Promise<Tokens> {
    const callback = await this.authorize(changes, person)
    return tokensIn(await this.exchange(callback.searchParams.get('code') ?? ''))
  }

  /** Makes a call of the manual with these tokens. */
  call(call: Call, tokens: { readonly access?: string; readonly refresh?: string }): Promise<Reply> {
    const fill = (text: string) =>
      text
        .replace('{access}', tokens.access ?? '')
        .replace('{refresh}', tokens.refresh ?? '')
        .replace('{clientId}', this.clientId)
    const posted = { client_id: this.clientId, client_secret: this.clientSecret }
    const form = call.auth === 'post' ? { ...posted, ...call.form } : call.form
    const authorization = { bearer: `Bearer ${tokens.access}`, basic: this.basic(), post: undefined, none: undefined }
    const filled = form && Object.fromEntries(Object.entries(form).map(([name, value]) => [name, fill(value)]))
    const body = filled ? encode(filled) : call.json === undefined ? undefined : fill(JSON.stringify(call.json))
    return this.send({
      url: fill(call.url),
      method: call.method,
      headers: {
        ...(authorization[call.auth] === undefined ? {} : { authorization: authorization[call.auth] ?? '' }),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(body === undefined ? {} : { body }),
    })
  }

  user(access: string): Promise<Reply> {
    return this.call(this.manual.user, { access })
  }

  /** Whether this token shows the profile of this account, by its id. */
  async shows(access: string, expected: unknown = this.manual.id[1]): Promise<boolean> {
    return (await this.idSeen(access)) === expected
  }

  /** The id of the account in the profile; undefined when there is no profile. */
  async idSeen(access: string): Promise<unknown> {
    const names = this.manual.id[0].split('/').slice(1)
    return names.reduce<Json>((value, name) => value?.[name], (await this.user(access)).body)
  }

  async send({ url, ...request }: Request): Promise<Reply> {
    return reply(await fetch(`${this.#standIn.url}/${url}`, { ...request, redirect: 'manual' }))
  }

  basic(): string {
    const pair = `${encodeURIComponent(this.clientId)}:${encodeURIComponent(this.clientSecret)}`
    return `Basic ${Buffer.from(pair).toString('base64')}`
  }

  #exchangeParams(): Members {
    return { redirect_uri: this.redirectUri, ...(this.manual.pkce ? { code_verifier: this.#verifier } : {}) }
  }
}

/** The tokens of an answer, wherever the provider puts them. Throws with the answer when there are none. */
export function tokensIn(answer: Reply): Tokens {
  const body = answer.body?.access_token === undefined ? answer.body?.authed_user : answer.body
  if (typeof body?.access_token !== 'string') throw new Error(`No tokens (${answer.status}): ${answer.text}`)
  return { access: body.access_token, refresh: body.refresh_token ?? '', reply: answer }
}

async function reply(response: Response): Promise<Reply> {
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: read(text, response.headers) }
}

function read(text: string, headers: Headers): Json {
  const type = headers.get('content-type') ?? ''
  if (type.includes('json')) return JSON.parse(text)
  return type.includes('form') ? Object.fromEntries(new URLSearchParams(text)) : undefined
}

function encode(members: Members): string {
  return new URLSearchParams(
    Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString()
}
