import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where a data folder says who mints its tokens, for commands that run beside the stack. */
export const issuerFile = (dataDir: string): string => join(dataDir, 'issuer.json')

/** The issuer of the stack on this data folder. Throws one clear line when there never was one. */
export const recallIssuer = (dataDir: string): { issuer: string; audience: string } => {
  const file = issuerFile(dataDir)
  if (!existsSync(file)) throw new Error(`There is no local stack in ${dataDir}: run npm start first, or set DATA_DIR`)
  return JSON.parse(readFileSync(file, 'utf8')) as { issuer: string; audience: string }
}
