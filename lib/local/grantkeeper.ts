import { join } from 'node:path'
import { openDataFolder } from './data-folder.ts'
import { type DemoUpstream, startDemoUpstream } from './oauth/demo-upstream.ts'
import { type IdentityIssuer, startIdentityIssuer } from './oauth/identity-issuer.ts'
import { silently } from './progress.ts'
import { rememberIssuer } from './recall-issuer.ts'
import type { OwnIssuer } from './settings.ts'
import { type LocalStack, type LocalStackOptions, startStack } from './stack.ts'
import { type StandIn, startStandIn } from './stand-in/stand-in.ts'

export interface LocalOptions extends Omit<LocalStackOptions, 'parameters' | 'dataDir'> {
  readonly dataDir: string
  /** An issuer of one's own; the demo issuer is then not started. */
  readonly issuer?: OwnIssuer | undefined
  /** Whether providers beyond this machine may be called; no unless told. */
  readonly internet?: boolean
}

/** Grantkeeper on this machine: the stack, the organization's identity issuer, and providers to connect to. */
export interface LocalGrantkeeper {
  readonly url: string
  readonly stack: LocalStack
  readonly identity: IdentityIssuer
  readonly upstream: DemoUpstream
  /** Plays the named providers, for the type `test`. */
  readonly standIn: StandIn
  /** Ends everything. */
  close(): Promise<void>
}

/** What the data folder remembers of the last start. */
const REMEMBERED = {
  upstreamPort: 'upstream-port',
  identityPort: 'identity-port',
  standInPort: 'stand-in-port',
} as const

/**
 * Starts the synthesized stack with an identity issuer and a demo upstream, both real OAuth servers, and the stand-in for
 * the named providers; their addresses stay the same for a data folder. Throws one clear line when something is taken.
 */
export const startGrantkeeper = async (options: LocalOptions): Promise<LocalGrantkeeper> => {
  await using started = new AsyncDisposableStack()
  const folder = openDataFolder(options.dataDir)
  started.defer(() => folder.close())
  const port = (name: string): number => Number(folder.recall(name) ?? 0)

  const { step = silently, issuer: own, publicBaseUrl } = options
  const at = (name: keyof typeof REMEMBERED) => ({ dataDir: folder.path, port: port(REMEMBERED[name]), publicBaseUrl })
  const servers = await step(own ? 'The providers to try it with' : 'The identity issuer, and providers', async () => {
    const identity = own ? othersIssuer(own) : await startIdentityIssuer(at('identityPort'))
    started.defer(() => identity.close())
    const upstream = await startDemoUpstream(at('upstreamPort'))
    started.defer(() => upstream.close())
    const standIn = await startStandIn(at('standInPort'))
    started.defer(() => standIn.close())
    return { identity, upstream, standIn }
  })
  const { identity, upstream, standIn } = servers
  rememberIssuer(folder.path, { issuer: identity.issuer, audience: identity.audience, own: own !== undefined })
  if (!own) folder.remember(REMEMBERED.identityPort, new URL(identity.issuer).port)
  folder.remember(REMEMBERED.upstreamPort, new URL(upstream.issuer).port)
  folder.remember(REMEMBERED.standInPort, new URL(standIn.url).port)

  const stack = await startStack({
    ...options,
    dataDir: folder,
    parameters: (baseUrl) => ({
      Issuer: identity.issuer,
      Audience: identity.audience,
      PublicBaseUrl: publicBaseUrl ?? baseUrl,
      ...(own && { OrgClaim: own.orgClaim, RolesClaim: own.rolesClaim }),
    }),
    environment: {
      GRANTKEEPER_LOCAL: '1',
      AUDIT_FILE: join(folder.path, 'audit.log'),
      STAND_IN_URL: standIn.url,
      INTERNET: options.internet ? '1' : '0',
      ...options.environment,
    },
  })
  started.defer(() => stack.close())

  const running = started.move()
  let closing: Promise<void> | undefined
  return {
    url: stack.url,
    stack,
    identity,
    upstream,
    standIn,
    close: () => {
      closing ??= running.disposeAsync()
      return closing
    },
  }
}

/** Stands where the demo issuer would: its tokens are had from elsewhere. */
const othersIssuer = ({ issuer, audience }: OwnIssuer): IdentityIssuer => ({
  issuer,
  audience,
  token: async () => {
    throw new Error(`The local stack takes JWTs of ${issuer}: get them there`)
  },
  close: async () => undefined,
})
