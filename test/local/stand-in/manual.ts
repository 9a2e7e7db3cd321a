import type { PlayedProvider } from '../../../lib/local/stand-in/played-provider.ts'

/** How a provider's documentation tells an app to ask it. */
export interface Manual {
  readonly authorize: string
  /** Besides response_type, client_id, redirect_uri, state, scope and the challenge. */
  readonly authorizeParams?: Readonly<Record<string, string>>
  readonly scope?: string
  readonly pkce: boolean
  readonly token: string
  readonly clientAuth: 'basic' | 'post' | 'none'
  readonly body: 'form' | 'json'
  readonly headers?: Readonly<Record<string, string>>
  readonly revoke?: Call
  readonly user: Call
  /** Where the id of the account is in the profile, as a JSON pointer, and what it is of the provider's own user. */
  readonly id: readonly [pointer: string, value: unknown]
  /** The access token stays good for so long; null for ever. */
  readonly expiresIn: number | null
  /** Whether there is a refresh token, and whether refreshing gives another. */
  readonly refreshes: 'rotating' | 'keeping' | 'never'
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

const notionVersion = { 'notion-version': '2022-06-28' }

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
    refreshes: 'rotating',
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
    refreshes: 'rotating',
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
    refreshes: 'rotating',
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
    refreshes: 'keeping',
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
    refreshes: 'rotating',
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
    refreshes: 'rotating',
  },
  slack: {
    authorize: 'slack.com/oauth/v2_user/authorize',
    scope: 'users:read,users:read.email',
    pkce: false,
    token: 'slack.com/api/oauth.v2.user.access',
    clientAuth: 'basic',
    body: 'form',
    revoke: { method: 'POST', url: 'slack.com/api/auth.revoke', auth: 'bearer' },
    user: get('slack.com/api/auth.test'),
    id: ['/user_id', 'U07LENA4242'],
    expiresIn: null,
    refreshes: 'never',
  },
  atlassian: {
    authorize: 'auth.atlassian.com/authorize',
    authorizeParams: { audience: 'api.atlassian.com', prompt: 'consent' },
    scope: 'read:me offline_access',
    pkce: false,
    token: 'auth.atlassian.com/oauth/token',
    clientAuth: 'post',
    body: 'json',
    user: get('api.atlassian.com/me'),
    id: ['/account_id', '712020:0d4c9a1e-6b2f-4c7d-8e5a-3f1b2c4d5e6f'],
    expiresIn: 3600,
    refreshes: 'rotating',
  },
  notion: {
    authorize: 'api.notion.com/v1/oauth/authorize',
    authorizeParams: { owner: 'user' },
    pkce: false,
    token: 'api.notion.com/v1/oauth/token',
    clientAuth: 'basic',
    body: 'json',
    headers: notionVersion,
    revoke: {
      method: 'POST',
      url: 'api.notion.com/v1/oauth/revoke',
      auth: 'basic',
      json: { token: '{access}' },
      headers: notionVersion,
    },
    user: { ...get('api.notion.com/v1/users/me'), headers: notionVersion },
    id: ['/bot/owner/user/id', 'd40e767c-d7af-4b18-a86d-55c61f1e39a4'],
    expiresIn: null,
    refreshes: 'rotating',
  },
  salesforce: {
    authorize: 'login.salesforce.com/services/oauth2/authorize',
    scope: 'openid api refresh_token',
    pkce: true,
    token: 'login.salesforce.com/services/oauth2/token',
    clientAuth: 'post',
    body: 'form',
    revoke: {
      method: 'POST',
      url: 'login.salesforce.com/services/oauth2/revoke',
      auth: 'none',
      form: { token: '{refresh}' },
    },
    user: get('login.salesforce.com/services/oauth2/userinfo'),
    id: ['/user_id', '0055i00000InvENTED'],
    expiresIn: 7200,
    refreshes: 'keeping',
  },
  hubspot: {
    authorize: 'app.hubspot.com/oauth/authorize',
    scope: 'oauth crm.objects.contacts.read',
    pkce: false,
    token: 'api.hubapi.com/oauth/2026-03/token',
    clientAuth: 'post',
    body: 'form',
    revoke: {
      method: 'POST',
      url: 'api.hubapi.com/oauth/2026-03/token/revoke',
      auth: 'post',
      form: { token: '{refresh}' },
    },
    user: {
      method: 'POST',
      url: 'api.hubapi.com/oauth/2026-03/token/introspect',
      auth: 'post',
      form: { token: '{access}' },
    },
    id: ['/user_id', 7700421],
    expiresIn: 1800,
    refreshes: 'keeping',
  },
  dropbox: {
    authorize: 'www.dropbox.com/oauth2/authorize',
    authorizeParams: { token_access_type: 'offline' },
    scope: 'account_info.read',
    pkce: true,
    token: 'api.dropboxapi.com/oauth2/token',
    clientAuth: 'post',
    body: 'form',
    revoke: { method: 'POST', url: 'api.dropboxapi.com/2/auth/token/revoke', auth: 'bearer', json: null },
    user: { method: 'POST', url: 'api.dropboxapi.com/2/users/get_current_account', auth: 'bearer', json: null },
    id: ['/account_id', 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc'],
    expiresIn: 14_400,
    refreshes: 'keeping',
  },
  linear: {
    authorize: 'linear.app/oauth/authorize',
    scope: 'read,write',
    pkce: true,
    token: 'api.linear.app/oauth/token',
    clientAuth: 'post',
    body: 'form',
    revoke: { method: 'POST', url: 'api.linear.app/oauth/revoke', auth: 'post', form: { token: '{refresh}' } },
    user: {
      method: 'POST',
      url: 'api.linear.app/graphql',
      auth: 'bearer',
      json: { query: '{ viewer { id name email } }' },
    },
    id: ['/data/viewer/id', 'b7a5c0de-1f2e-4d3c-9b8a-7c6d5e4f3a2b'],
    expiresIn: 86_400,
    refreshes: 'rotating',
  },
  zoom: {
    authorize: 'zoom.us/oauth/authorize',
    pkce: true,
    token: 'zoom.us/oauth/token',
    clientAuth: 'basic',
    body: 'form',
    revoke: { method: 'POST', url: 'zoom.us/oauth/revoke', auth: 'basic', form: { token: '{access}' } },
    user: get('api.zoom.us/v2/users/me'),
    id: ['/id', 'KDcuGIm1QgePTO8WbOqwIQ'],
    expiresIn: 3599,
    refreshes: 'rotating',
  },
  asana: {
    authorize: 'app.asana.com/-/oauth_authorize',
    scope: 'default',
    pkce: true,
    token: 'app.asana.com/-/oauth_token',
    clientAuth: 'post',
    body: 'form',
    revoke: { method: 'POST', url: 'app.asana.com/-/oauth_revoke', auth: 'post', form: { token: '{refresh}' } },
    user: get('app.asana.com/api/1.0/users/me'),
    id: ['/data/gid', '1204987654321098'],
    expiresIn: 3600,
    refreshes: 'keeping',
  },
  discord: {
    authorize: 'discord.com/oauth2/authorize',
    authorizeParams: { prompt: 'consent' },
    scope: 'identify email',
    pkce: true,
    token: 'discord.com/api/oauth2/token',
    clientAuth: 'basic',
    body: 'form',
    revoke: { method: 'POST', url: 'discord.com/api/oauth2/token/revoke', auth: 'basic', form: { token: '{access}' } },
    user: get('discord.com/api/v10/users/@me'),
    id: ['/id', '804355090123456789'],
    expiresIn: 604_800,
    refreshes: 'rotating',
  },
}
