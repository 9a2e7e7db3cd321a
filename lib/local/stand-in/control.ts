import * as z from 'zod'
import type { Books } from './books.ts'
import { decideDevice } from './device-page.ts'
import { accountOf } from './person.ts'
import { type Playable, realQuirks } from './play-all.ts'
import type { Played } from './played.ts'
import { type PlayedProvider, playedProviders } from './played-provider.ts'
import { type Quirks, quirksSchema } from './quirks.ts'
import { randomText } from './random-text.ts'
import type { ClientRecord } from './records.ts'
import type { RequestLog, StandInRequest } from './request-log.ts'

const registration = z.strictObject({
  provider: z.enum(playedProviders),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** Matched as the provider does. */
  redirectUris: z.array(z.url()),
  /** GitHub's two kinds; `oauthApp` unless told. */
  kind: z.enum(['oauthApp', 'githubApp']).optional(),
  /** Its users are not asked (GitLab). */
  trusted: z.boolean().optional(),
  /** Whether its tokens expire, where the app decides (GitHub, Slack); a GitHub App's do unless told. */
  expiring: z.boolean().optional(),
  /** Whether it may use the device flow; the provider's own default unless told. */
  device: z.boolean().optional(),
})

/** An app to be registered. */
export type ClientRegistration = z.infer<typeof registration>

/** A grant that still has a token which is good. */
export interface LiveGrant {
  readonly account: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** How many are good. */
  readonly accessTokens: number
  readonly refreshTokens: number
}

/** What tests and scripts may see and change of the stand-in. Throws for what makes no sense. */
export interface StandInControl {
  /** Adds an app to a provider, or replaces one of the same id. */
  registerClient(client: ClientRegistration): void
  setSecret(provider: PlayedProvider, clientId: string, clientSecret: string): void
  /** The ready-made app of a provider, for every redirect URI on this machine below `/oauth2/callback`. */
  client(provider: PlayedProvider): { clientId: string; clientSecret: string }
  /** Changes how a provider behaves; what is not named stays. Lost with a restart. */
  set(provider: PlayedProvider, quirks: Partial<Quirks>): void
  /** Gives one provider, or all, its real behaviour back. */
  reset(provider?: PlayedProvider): void
  /** Puts the clock of all providers forward. */
  advance(seconds: number): void
  requests(provider?: PlayedProvider): StandInRequest[]
  clearRequests(): void
  liveGrants(provider: PlayedProvider): LiveGrant[]
  /** The user removes the app, or every app, in the provider's settings. */
  revokeGrant(provider: PlayedProvider, account: string, clientId?: string): void
  decideDevice(provider: PlayedProvider, userCode: string, decision: 'allow' | 'deny', account?: string): void
  /** How many installations of the GitHub App an account sees; one unless told. */
  setInstallations(provider: PlayedProvider, account: string, count: number): void
}

/** The control over what is being played. */
export function createControl(parts: {
  books: Books
  log: RequestLog
  played: Readonly<Record<PlayedProvider, Playable>>
}): StandInControl {
  const { books, log, played } = parts
  const of = (provider: PlayedProvider) => played[z.enum(playedProviders).parse(provider)]
  const known = (provider: PlayedProvider, clientId: string): ClientRecord => {
    const client = books.client(provider, clientId)
    if (!client) throw new Error(`${provider} has no client ${clientId}.`)
    return client
  }
  const canonical = (provider: PlayedProvider, account: string) => accountOf(of(provider).facts.owner, account)

  for (const provider of playedProviders) addReadyMade(books, of(provider))

  return {
    registerClient(client) {
      const { kind = 'oauthApp', trusted = false, device, expiring, ...rest } = registration.parse(client)
      if (books.client(rest.provider, rest.clientId)?.readyMade)
        throw new Error('The ready-made client cannot be replaced.')
      books.saveClient({
        ...rest,
        kind,
        trusted,
        expiring: expiring ?? kind === 'githubApp',
        device: device ?? of(rest.provider).facts.device?.byDefault ?? false,
        readyMade: false,
      })
    },
    setSecret: (provider, clientId, clientSecret) =>
      books.saveClient({ ...known(provider, clientId), clientSecret: z.string().min(1).parse(clientSecret) }),
    client(provider) {
      const { clientId, clientSecret } = known(provider, readyMadeId(provider))
      return { clientId, clientSecret }
    },

    set: (provider, quirks) => void Object.assign(of(provider).quirks, quirksSchema.partial().parse(quirks)),
    reset(provider) {
      for (const one of provider === undefined ? playedProviders : [provider]) {
        Object.assign(of(one).quirks, realQuirks(one))
        of(one).installations.clear()
      }
    },
    advance: (seconds) => books.clock.advance(z.number().positive().parse(seconds)),

    requests: (provider) => log.list(provider),
    clearRequests: () => log.clear(),
    liveGrants: (provider) => liveGrants(books, provider),
    revokeGrant(provider, account, clientId) {
      for (const owner of books.owners()) {
        const isMeant = owner.provider === provider && owner.account === canonical(provider, account)
        if (isMeant && (clientId === undefined || owner.clientId === clientId)) books.endAll(owner)
      }
    },

    decideDevice: (provider, userCode, decision, account = '') =>
      decideDevice(
        of(provider),
        userCode,
        z.enum(['allow', 'deny']).parse(decision) === 'allow' ? { account: canonical(provider, account) } : 'denied',
      ),
    setInstallations: (provider, account, count) =>
      void of(provider).installations.set(canonical(provider, account), z.int().nonnegative().parse(count)),
  }
}

function readyMadeId(provider: PlayedProvider): string {
  return `grantkeeper-${provider}`
}

function addReadyMade(books: Books, { facts }: Played): void {
  const clientId = readyMadeId(facts.type)
  if (books.client(facts.type, clientId)) return
  books.saveClient({
    provider: facts.type,
    clientId,
    clientSecret: randomText({ prefix: '', length: 40 }),
    redirectUris: [],
    kind: 'oauthApp',
    trusted: false,
    expiring: false,
    device: facts.device !== undefined,
    readyMade: true,
  })
}

function liveGrants(books: Books, provider: PlayedProvider): LiveGrant[] {
  return [...books.grants()]
    .filter((grant) => grant.provider === provider)
    .map(({ id, account, clientId, scopes }) => {
      const live = books.tokensOf(id).filter((token) => books.isLive(token))
      const accessTokens = live.filter(({ kind }) => kind === 'access').length
      return { account, clientId, scopes, accessTokens, refreshTokens: live.length - accessTokens }
    })
    .filter(({ accessTokens, refreshTokens }) => accessTokens + refreshTokens > 0)
}
