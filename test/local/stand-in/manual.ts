import type { PlayedProvider } from '../../../lib/local/stand-in/played-provider.ts'

/** How a provider's documentation tells an app to ask it. */
export interface Manual {
  readonly authorize: string
  /** Besides response_type, client_id, redirect_uri, state, scope and the challenge. */
  readonly authorizeParams?: Readonly<Record<string, string>>
  readonly scope?: string
  readonly pkce: boolean
  readonly token: string
  readonly clientAuth: 'basic' | 'post'
  readonly body: 'form' | 'json'
  readonly headers?: Readonly<Record<string, string>>
  readonly revoke?: Call
  readonly user: Call
  /** Where the id of the account is in the profile, as a JSON pointer, and what it is of the provider's own user. */
  readonly id: readonly [pointer: string, value: unknown]
  /** The access token stays good for so long; null for ever. */
  readonly expiresIn: number | null
  /** Whether refreshing gives another refresh token. */
  readonly rotates: boolean
}

/** A request with the placeholders `{access}`, `{refresh}` and `{clientId}` in URL, headers and body. */
export interface Call {
  readonly method: string
  readonly url: string
  readonly auth: 'bearer' | 'basic' | 'post' | 'none'
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** 200 unless told. */
  readonly status?: number
}

const get = (url: string): Call => ({ method: 'GET', url, auth: 'bearer' })

/** The manuals, each as its own provider has it. */
export const manuals: Readonly<Record<PlayedProvider, Manual>> = {
  github: {
    authorize: 'github.com/login/oauth/authorize',
    scope: 'read:user user:email offline_access',
    pkce: true,
    token: 'github.com/login/oauth/access_token',
    clientAuth: 'post',
    body: 'form',
    headers: { accept: 'application/json' },
    revoke: {
      method: 'DELETE',
      url: 'api.github.com/applications/{clientId}/token',
      auth: 'basic',
      json: { access_token: '{access}' },
      status: 204,
    },
    user: get('api.github.com/user'),
    id: ['/id', 7340021],
    expiresIn: 28_800,
    rotates: true,
  },
  gitlab: {
    authorize: 'gitlab.com/oauth/authorize',
    scope: 'read_user',
    pkce: true,
    token: 'gitlab.com/oauth/token',
    clientAuth: 'post',
    body: 'form',
    revoke: { method: 'POST', url: 'gitlab.com/oauth/revoke', auth: 'post', form: { token: '{refresh}' } },
    user: get('gitlab.com/api/v4/user'),
    id: ['/id', 40917],
    expiresIn: 7200,
    rotates: true,
  },
  bitbucket: {
    authorize: 'bitbucket.org/site/oauth2/authorize',
    pkce: false,
    token: 'bitbucket.org/site/oauth2/access_token',
    clientAuth: 'basic',
    body: 'form',
    user: get('api.bitbucket.org/2.0/user'),
    id: ['/uuid', '{6d0f2c84-3b1e-4f5a-9c77-1e2d3c4b5a69}'],
    expiresIn: 7200,
    rotates: true,
  },
  google: {
    authorize: 'accounts.google.com/o/oauth2/v2/auth',
    authorizeParams: { access_type: 'offline', prompt: 'consent' },
    scope: 'openid email profile',
    pkce: true,
    token: 'oauth2.googleapis.com/token',
    clientAuth: 'post',
    body: 'form',
    revoke: { method: 'POST', url: 'oauth2.googleapis.com/revoke', auth: 'none', form: { token: '{refresh}' } },
    user: get('openidconnect.googleapis.com/v1/userinfo'),
    id: ['/sub', '108240017733559201144'],
    expiresIn: 3599,
    rotates: false,
  },
  box: {
    authorize: 'account.box.com/api/oauth2/authorize',
    pkce: false,
    token: 'api.box.com/oauth2/token',
    clientAuth: 'post',
    body: 'form',
    revoke: { method: 'POST', url: 'api.box.com/oauth2/revoke', auth: 'post', form: { token: '{access}' } },
    user: get('api.box.com/2.0/users/me'),
    id: ['/id', '31800517742'],
    expiresIn: 4011,
    rotates: true,
  },
  microsoft: {
    authorize: 'login.microsoftonline.com/common/oauth2/v2.0/authorize',
    scope: 'openid profile email offline_access User.Read',
    pkce: true,
    token: 'login.microsoftonline.com/common/oauth2/v2.0/token',
    clientAuth: 'post',
    body: 'form',
    user: get('graph.microsoft.com/v1.0/me'),
    id: ['/id', '4b6e2f10-77c1-4f0e-9d52-0a1b2c3d4e5f'],
    expiresIn: 4187,
    rotates: true,
  },
}
