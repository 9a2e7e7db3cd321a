import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { once } from '../consent-rules.ts'
import type { ProviderFacts } from '../facts.ts'
import { exactly } from '../redirect-uris.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'
import { bitbucketCloud } from './bitbucket-cloud.ts'

const HOSTS = ['bitbucket.:name.example']
const OAUTH = '/rest/oauth2/latest'

/**
 * Bitbucket Data Center (7.21 and later) at `bitbucket.<name>.example`. It has no profile: the account is named by a
 * header of every answer and by a servlet.
 * Facts: Atlassian's "Bitbucket OAuth 2.0 provider API"; the call that checks a token from coder.
 * Unconfirmed: revocation, the servlet, lifetimes and the words of errors.
 */
export const bitbucketDataCenter: ProviderFacts = {
  ...bitbucketCloud,
  routes: [
    route('authorization', 'GET', HOSTS, `${OAUTH}/authorize`, authorize),
    route('token', 'POST', HOSTS, `${OAUTH}/token`, token),
    route('revocation', 'POST', HOSTS, `${OAUTH}/revoke`, revoke),
    api('GET', HOSTS, '/rest/api/latest/inbox/pull-requests/count', [], ({ person }) =>
      ok({ count: 0 }, { 'x-ausername': person.login }),
    ),
    api('GET', HOSTS, '/plugins/servlet/applinks/whoami', [], ({ person }) => ({
      status: 200,
      headers: { 'content-type': 'text/plain', 'x-ausername': person.login },
      body: person.login,
    })),
  ],
  authorization: {
    required: { response_type: 'code' },
    errors: 'redirect',
    pkce: { methods: ['S256', 'plain'] },
    redirectUri: exactly,
    consent: once,
  },
  scopes: {
    separator: ' ',
    known: ['PUBLIC_REPOS', 'REPO_READ', 'REPO_WRITE', 'REPO_ADMIN', 'ACCOUNT_WRITE', 'PROJECT_ADMIN'],
    unknown: 'refuse',
    byDefault: ['PUBLIC_REPOS'],
  },
  tokens: {
    clientAuth: ['post'],
    bodies: ['form'],
    tokenType: 'bearer',
    forms: bitbucketCloud.tokens.forms,
    givesRefreshToken: () => true,
    refusals: {},
  },
  revocation: { by: 'client', bodies: ['form'], done: { status: 200 } },
}
