import { oauth as createOAuth } from '../../oauth/oauth.ts'
import { outbound } from './outbound.ts'

export const oauth = createOAuth(outbound)
