import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ASSEMBLY } from '../../lib/build/assembly.ts'
import { openDataFolder } from '../../lib/local/data-folder.ts'
import type { LocalGrantkeeper, LocalOptions } from '../../lib/local/grantkeeper.ts'
import { startServices } from '../../lib/local/services/services.ts'
import { readAssembly } from '../../lib/local/template/assembly.ts'
import { logicalIdsOf } from '../../lib/local/template/resolved-template.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { aGrantkeeper } from './grantkeeper.ts'

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

/** Starts the services, a proxy before each, and the stack behind the proxies. */
export const aProxiedGrantkeeper = async (options: Partial<LocalOptions> = {}): Promise<ProxiedGrantkeeper> => {
  await using started = new AsyncDisposableStack()
  const folderPath = mkdtempSync(join(tmpdir(), 'grantkeeper-services-'))
  started.defer(async () => rmSync(folderPath, { recursive: true, force: true }))
  const folder = openDataFolder(folderPath)
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
  const proxyOf = async (target: string | (() => string)): Promise<FaultProxy> =>
    started.adopt(await startFaultProxy({ target }), (proxy) => proxy.close())
  const dynamodb = await proxyOf(services.endpoints.dynamodb)
  const sqs = await proxyOf(services.endpoints.sqs)
  const kms = await proxyOf(services.endpoints.kms)
  const grantkeeper = await aGrantkeeper({
    endpoints: { dynamodb: dynamodb.url, sqs: sqs.url, kms: kms.url },
    ...options,
  })
  started.defer(() => grantkeeper.close())
  const upstream = await proxyOf(grantkeeper.upstream.issuer)

  const running = started.move()
  return {
    ...grantkeeper,
    proxies: { dynamodb, sqs, kms, upstream },
    servicesDir: folderPath,
    direct: services.endpoints,
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
    close: () => running.disposeAsync(),
  }
}
