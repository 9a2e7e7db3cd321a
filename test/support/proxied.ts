import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ASSEMBLY } from '../../lib/build/assembly.ts'
import { openDataFolder } from '../../lib/local/data-folder.ts'
import type { LocalGrantkeeper, LocalOptions } from '../../lib/local/grantkeeper.ts'
import { type Endpoints, startServices } from '../../lib/local/services/services.ts'
import { readAssembly } from '../../lib/local/template/assembly.ts'
import { logicalIdsOf } from '../../lib/local/template/resolved-template.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { aGrantkeeper, type TestGrantkeeper } from './grantkeeper.ts'
import { type KeptStack, keepStack } from './kept-stack.ts'
import { whenTheWorkerEnds } from './when-the-worker-ends.ts'

/** A stack whose every outgoing call passes a proxy that counts it and can strike it. */
export interface ProxiedGrantkeeper extends LocalGrantkeeper {
  readonly dataDir: string
  /** One proxy for each service, and one in front of the demo upstream. */
  readonly proxies: {
    readonly dynamodb: FaultProxy
    readonly sqs: FaultProxy
    readonly kms: FaultProxy
    readonly upstream: FaultProxy
  }
  /** Where the services keep their data. */
  readonly servicesDir: string
  /** The services themselves, past the proxies: what a test looks with. */
  readonly direct: { readonly dynamodb: string; readonly sqs: string; readonly kms: string }
  /** What registers the demo upstream as `oauth2`, its endpoints for no browser behind the proxy. */
  readonly proxiedProvider: Readonly<Record<string, unknown>>
}

interface ProxiedServices {
  readonly direct: Endpoints
  readonly proxies: Pick<ProxiedGrantkeeper['proxies'], 'dynamodb' | 'sqs' | 'kms'>
  readonly endpoints: Endpoints
  readonly servicesDir: string
  close(): Promise<void>
}

/** Starts the services, and a proxy before each. */
const startProxiedServices = async (): Promise<ProxiedServices> => {
  await using started = new AsyncDisposableStack()
  const servicesDir = mkdtempSync(join(tmpdir(), 'grantkeeper-services-'))
  started.defer(async () => rmSync(servicesDir, { recursive: true, force: true }))
  const folder = openDataFolder(servicesDir)
  started.defer(() => folder.close())
  const assembly = readAssembly(ASSEMBLY)
  const services = await startServices({
    folder,
    region: 'us-east-1',
    accountId: '000000000000',
    stackName: assembly.stackName,
    keys: logicalIdsOf(assembly, 'AWS::KMS::Key'),
    given: {},
    onExit: () => undefined,
  })
  started.defer(() => services.close())
  const proxyOf = async (target: string): Promise<FaultProxy> =>
    started.adopt(await startFaultProxy({ target }), (proxy) => proxy.close())
  const direct = services.endpoints
  const dynamodb = await proxyOf(direct.dynamodb)
  const sqs = await proxyOf(direct.sqs)
  const kms = await proxyOf(direct.kms)
  const running = started.move()
  return {
    direct,
    proxies: { dynamodb, sqs, kms },
    endpoints: { dynamodb: dynamodb.url, sqs: sqs.url, kms: kms.url },
    servicesDir,
    close: () => running.disposeAsync(),
  }
}

let kept: Promise<{ readonly services: ProxiedServices; readonly stack: KeptStack }> | undefined

const keep = async () => {
  const services = await startProxiedServices()
  whenTheWorkerEnds(() => services.close())
  return { services, stack: await keepStack(services.endpoints, services.direct) }
}

/**
 * A stack behind proxies in which nothing has happened yet. Without options it is the one that this worker's suites use in
 * turn; with options, or while that one is lent, a new one with services of its own.
 */
export const aProxiedGrantkeeper = async (options: Partial<LocalOptions> = {}): Promise<ProxiedGrantkeeper> => {
  if (Object.keys(options).length === 0) {
    kept ??= keep()
    const { services, stack } = await kept
    if (!stack.isLent) {
      for (const proxy of Object.values(services.proxies)) proxy.renew()
      return proxied(services, await stack.lend(), async () => {
        // What a test holds back would be waited for.
        for (const proxy of Object.values(services.proxies)) proxy.renew()
      })
    }
  }
  const services = await startProxiedServices()
  return proxied(services, await aGrantkeeper({ endpoints: services.endpoints, ...options }), services.close)
}

const proxied = async (
  services: ProxiedServices,
  grantkeeper: TestGrantkeeper,
  afterwards: () => Promise<void>,
): Promise<ProxiedGrantkeeper> => {
  const upstream = await startFaultProxy({ target: grantkeeper.upstream.issuer })
  return {
    ...grantkeeper,
    proxies: { ...services.proxies, upstream },
    servicesDir: services.servicesDir,
    direct: services.direct,
    proxiedProvider: {
      type: 'oauth2',
      name: 'Demo behind a proxy',
      authorizationUrl: `${grantkeeper.upstream.issuer}/authorize`,
      tokenUrl: `${upstream.url}/token`,
      userInfoUrl: `${upstream.url}/userinfo`,
      revocationUri: `${upstream.url}/revoke`,
      deviceUrl: `${upstream.url}/device/auth`,
      revocationScope: 'token',
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      authParams: { prompt: 'consent' },
      ...grantkeeper.upstream.client,
    },
    close: async () => {
      await upstream.close()
      await grantkeeper.close()
      await afterwards()
    },
  }
}
