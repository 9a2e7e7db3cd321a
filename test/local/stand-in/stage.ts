import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type PlayedProvider, playedProviders } from '../../../lib/local/stand-in/played-provider.ts'
import { type StandIn, startStandIn } from '../../../lib/local/stand-in/stand-in.ts'
import type { Manual } from './manual.ts'
import { Visitor } from './visitor.ts'

/** A stand-in for the tests of a file; every test finds it with its real quirks and without grants. */
export interface Stage {
  readonly dataDir: string
  readonly standIn: StandIn
  readonly control: StandIn['control']
  visitor(provider: PlayedProvider, changes?: Partial<Manual>): Visitor
  /** An app of its own, registered under this id. */
  app(
    provider: PlayedProvider,
    clientId: string,
    registration?: Partial<Parameters<StandIn['control']['registerClient']>[0]>,
    changes?: Partial<Manual>,
  ): Visitor
  /** Closes it and starts it again on the same folder and port. */
  restart(): Promise<void>
}

/** Sets the stage for the tests of a file. */
export function useStandIn(): Stage {
  let dataDir: string
  let standIn: StandIn

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'stand-in-'))
    standIn = await startStandIn({ dataDir, port: 0 })
  })

  beforeEach(() => {
    standIn.control.reset()
    standIn.control.clearRequests()
    for (const provider of playedProviders)
      for (const { account } of standIn.control.liveGrants(provider)) standIn.control.revokeGrant(provider, account)
  })

  afterAll(async () => {
    await standIn.close()
    await rm(dataDir, { recursive: true })
  })

  return {
    get dataDir() {
      return dataDir
    },
    get standIn() {
      return standIn
    },
    get control() {
      return standIn.control
    },
    visitor: (provider, changes) => new Visitor(standIn, provider, changes),
    app(provider, clientId, registration, changes) {
      const clientSecret = `secret of ${clientId}: +%&/~`
      const redirectUris = ['https://app.example.test/callback']
      standIn.control.registerClient({ provider, clientId, clientSecret, redirectUris, ...registration })
      const visitor = new Visitor(standIn, provider, changes)
      const [redirectUri = ''] = registration?.redirectUris ?? redirectUris
      return Object.assign(visitor, { clientId, clientSecret, redirectUri })
    },
    async restart() {
      const port = Number(new URL(standIn.url).port)
      await standIn.close()
      standIn = await startStandIn({ dataDir, port })
    },
  }
}
