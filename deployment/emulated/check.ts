import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type IdentityIssuer, startIdentityIssuer } from '../../lib/local/oauth/identity-issuer.ts'
import { checksOf } from '../../lib/smoke/checks.ts'
import { run, tailOf } from '../command.ts'
import { part } from '../part.ts'
import { step } from '../step.ts'
import { assemblyOn, builtAssembly } from './assembly.ts'
import { cdkFor } from './cdk.ts'
import { deploymentAt } from './deployment.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { expectAll, expectStaying } from './remains.ts'
import { faultsOfSmoke } from './smoke.ts'

const ORG = 'acme'

/** The life of a deployment: made, changed, used, destroyed, and made again of what has stayed. */
const live = async (folder: string, emulator: Emulator, { issuer, audience, token }: IdentityIssuer): Promise<void> => {
  const cdk = cdkFor(emulator, folder)
  const admin = await token({ user: 'ada', org: ORG, roles: ['admin'] })
  const parameters = { Issuer: issuer, Audience: audience }

  const assembly = await builtAssembly(join(folder, 'built'))
  await step('emulated: cdk bootstrap', () => cdk.bootstrap(assembly))

  const first = await step('emulated: cdk deploy', () => cdk.deploy(assembly, parameters))
  const { url, keep } = deploymentAt(emulator.url, first.ApiId, ORG, admin)

  await step('emulated: cdk deploy again, with another public URL', async () => {
    const updated = await cdk.deploy(assembly, { ...parameters, PublicBaseUrl: url })
    const wanted = { ...first, ApiUrl: url }
    if (isDeepStrictEqual(updated, wanted)) return
    throw new Error(`The outputs must be ${JSON.stringify(wanted)}; they are ${JSON.stringify(updated)}`)
  })

  await step('emulated: npm run smoke -- --write', async () => {
    const options = ['--url', url, '--write', '--issuer', issuer]
    const env = { HOME: folder, GRANTKEEPER_TOKEN: admin }
    const log = join(folder, 'smoke.log')
    // 1 is a check that failed: which ones may is not told by that.
    await run('npm', ['run', '-s', 'smoke', '--', ...options], { env, log, statuses: [1] })
    const titles = checksOf({ write: true }).map(({ title }) => title)
    const faults = faultsOfSmoke(readFileSync(log, 'utf8'), titles)
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })

  const secret = randomBytes(16).toString('hex')
  const kept = await step('emulated: a secret is kept', () => keep(secret))

  const marks = ['Grantkeeper', first.KeyArn]
  await step('emulated: cdk destroy leaves table, key and logs, and nothing else', async () => {
    await expectAll(emulator, marks)
    await cdk.destroy(assembly)
    await expectStaying(emulator, marks)
  })

  const again = await step('emulated: the stack is synthesized for the table and the key that stayed', () =>
    assemblyOn(join(folder, 'again'), first.TableName, first.KeyArn),
  )
  const second = await step('emulated: cdk deploy on what has stayed', () => cdk.deploy(again, parameters))
  await step('emulated: the secret is there', async () => {
    const revealed = await deploymentAt(emulator.url, second.ApiId, ORG, admin).reveal(kept)
    if (revealed !== secret) throw new Error('The secret is another one')
  })
}

// Really deploys to an emulator of AWS, which is known to differ in what faultsOfSmoke says, and asks no rights of anybody.
await part('emulated', async (folder) => {
  const emulator = await step('emulated: the emulator starts', () => startEmulator(folder))
  const identity = await startIdentityIssuer({ dataDir: folder, port: 0 })
  try {
    await live(folder, emulator, identity)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`${message}\n\nThe emulator said at last:\n${tailOf(emulator.log)}`, { cause: error })
  } finally {
    await identity.close()
  }
})
