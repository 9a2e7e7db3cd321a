import { parseArgs } from 'node:util'
import { mintToken } from '../lib/local/oauth/identity-issuer.ts'
import { recallIssuer } from '../lib/local/recall-issuer.ts'
import { readSettings } from '../lib/local/settings.ts'
import { fail } from './fail.ts'

const usage = 'Usage: npm run -s token -- --user <id> --org <id> [--role admin] [--role service]'

// Prints one JWT that the running stack accepts, and nothing else.
try {
  const { values } = parseArgs({
    options: { user: { type: 'string' }, org: { type: 'string' }, role: { type: 'string', multiple: true } },
  })
  const { user, org, role: roles = [] } = values
  const known = roles.every((role) => role === 'admin' || role === 'service')
  // Longer ones no organization has: the stack would refuse the token.
  const isId = (id: string | undefined): id is string => id !== undefined && id.length >= 1 && id.length <= 255
  if (!isId(user) || !isId(org) || !known) throw new Error(usage)
  const { dataDir } = readSettings(process.env)
  const { issuer, audience } = recallIssuer(dataDir)
  console.log(await mintToken({ dataDir, issuer, audience, user, org, roles }))
} catch (error) {
  fail(error)
}
