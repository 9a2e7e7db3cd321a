import { randomUUID } from 'node:crypto'
import { consentPage, loginPage } from '../oauth/pages.ts'
import { type Answer, type Call, page, redirect, refusalPage } from './message.ts'

/** How a person decided. */
export type Outcome = { readonly account: string; readonly shown: boolean } | { readonly error: string }

/** What a person is asked. */
export interface Interaction {
  /** The provider, as its pages name it. */
  readonly site: string
  readonly client: string
  readonly scopes: readonly string[]
  /** The account name that is filled in. */
  readonly hint: string
  /** The account that a typed name stands for. */
  readonly accountOf: (name: string) => string
  /** Whether this account is asked for its consent at all. */
  readonly consent: (account: string) => 'show' | 'skip' | { readonly error: string }
  readonly finish: (outcome: Outcome) => Answer
}

const PREFIX = '/interaction/'
/** Those that nobody finishes are dropped when there are more. */
const MOST = 10_000

/** The sign-in and consent pages, which all providers share. */
export class Interactions {
  readonly #open = new Map<string, Interaction & { account?: string }>()

  /** Sends the person to the pages. */
  open(interaction: Interaction): Answer {
    const id = randomUUID()
    this.#open.set(id, interaction)
    const [oldest] = this.#open.keys()
    if (this.#open.size > MOST && oldest !== undefined) this.#open.delete(oldest)
    return redirect(PREFIX + id)
  }

  /** The answer of a page; undefined when the path is not one of theirs. */
  answer(path: string, call: Call): Answer | undefined {
    if (!path.startsWith(PREFIX)) return undefined
    const id = path.slice(PREFIX.length)
    const interaction = this.#open.get(id)
    if (!interaction) return refusalPage(400, 'invalid_request', 'This sign-in is no longer valid. Start again.')
    const { account, site } = interaction
    if (call.method !== 'POST') {
      if (account === undefined) return page(200, loginPage({ account: interaction.hint, site }))
      return page(200, consentPage({ account, client: interaction.client, scopes: interaction.scopes, site }))
    }
    const form = new URLSearchParams(call.body)
    if (account === undefined) return this.#signIn(id, interaction, (form.get('account') ?? '').trim())
    if (form.get('decision') !== 'allow') return this.#finish(id, interaction, { error: 'access_denied' })
    return this.#finish(id, interaction, { account, shown: true })
  }

  #signIn(id: string, interaction: Interaction & { account?: string }, name: string): Answer {
    if (!/^[^\p{C}]{0,100}$/u.test(name))
      return page(
        422,
        loginPage({
          account: name,
          site: interaction.site,
          problem: 'Give an account name of at most 100 characters.',
        }),
      )
    const account = interaction.accountOf(name)
    const consent = interaction.consent(account)
    if (consent === 'skip') return this.#finish(id, interaction, { account, shown: false })
    if (consent !== 'show') return this.#finish(id, interaction, consent)
    interaction.account = account
    return redirect(PREFIX + id)
  }

  #finish(id: string, interaction: Interaction, outcome: Outcome): Answer {
    this.#open.delete(id)
    return interaction.finish(outcome)
  }
}
