import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Remembered {
  readonly issuer: string
  readonly audience: string
  /** Whether its tokens are had from elsewhere. */
  readonly own: boolean
}

const fileIn = (dataDir: string): string => join(dataDir, 'issuer.json')

/** Notes in a data folder who mints its tokens, for commands that run beside the stack. */
export const rememberIssuer = (dataDir: string, issuer: Remembered): void =>
  writeFileSync(fileIn(dataDir), JSON.stringify(issuer), { mode: 0o600 })

/**
 * The demo issuer of the stack on this data folder.
 * Throws one clear line when there never was one, or the stack has an issuer of its owner's.
 */
export const recallIssuer = (dataDir: string): { issuer: string; audience: string } => {
  const file = fileIn(dataDir)
  if (!existsSync(file)) throw new Error(`There is no local stack in ${dataDir}: run npm start first, or set DATA_DIR`)
  const { own, ...recalled } = JSON.parse(readFileSync(file, 'utf8')) as Remembered
  if (own) throw new Error(`The local stack takes JWTs of ${recalled.issuer}: get them there`)
  return recalled
}
