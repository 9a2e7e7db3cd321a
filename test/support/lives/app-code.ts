import { createHash, randomBytes } from 'node:crypto'
import type { LocalGrantkeeper } from '../../../lib/local/grantkeeper.ts'
import { consent } from '../../../lib/local/oauth/scripted-browser.ts'
import type { Json } from '../grantkeeper.ts'

const REDIRECT = 'http://127.0.0.1/app/callback'

/** What an application has after it has sent a user to the demo upstream by itself, as `connectDirectly` takes it. */
export const aCodeOf = async ({ upstream }: LocalGrantkeeper, account: string): Promise<Json> => {
  const codeVerifier = randomBytes(32).toString('base64url')
  const url = new URL(`${upstream.issuer}/authorize`)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: upstream.client.clientId,
    redirect_uri: REDIRECT,
    scope: 'openid profile offline_access',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const { searchParams } = await consent(url.href, { account })
  return { code: searchParams.get('code'), redirectUri: REDIRECT, codeVerifier }
}
