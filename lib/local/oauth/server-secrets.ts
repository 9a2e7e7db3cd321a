import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'

/** What an OAuth server of the local stack must keep across restarts. */
export interface ServerSecrets {
  /** One private RS256 key. */
  signingKey: JWK & { kid: string }
  cookieKeys: string[]
  /** The secret of the server's ready-made client, where it has one. */
  clientSecret: string
}

/** Reads the secrets kept in the folder, or makes them; several processes that start at once agree on one set. */
export async function loadServerSecrets(folder: string): Promise<ServerSecrets> {
  const path = join(folder, 'secrets.json')
  const stored = await readSecrets(path)
  if (stored) return stored

  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(await newSecrets()), { mode: 0o600 })
  // A link is atomic and refuses to replace: the first one wins and is complete.
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  return JSON.parse(await readFile(path, 'utf8')) as ServerSecrets
}

async function readSecrets(path: string): Promise<ServerSecrets | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ServerSecrets
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function newSecrets(): Promise<ServerSecrets> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return {
    signingKey: { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'RS256', use: 'sig' },
    cookieKeys: [randomBytes(32).toString('base64url')],
    clientSecret: randomBytes(32).toString('base64url'),
  }
}
