import { consent } from '../../../lib/local/oauth/scripted-browser.ts'
import { initConnection } from '../credentials.ts'
import { eventually } from '../eventually.ts'
import { aDevice, externalAuthOf } from '../external-auth.ts'
import { type Answer, aProvider, aRedirect, type Caller, type Json } from '../grantkeeper.ts'
import { aCodeOf } from './app-code.ts'
import { expecting, type Life, meanwhile } from './life.ts'

interface Way {
  /** What begins to connect, where that is a function of its own. */
  readonly starter?: string
  readonly finisher: string
  readonly status: number
  /** Begins, lets the account consent, and answers what finishes. */
  readonly begin: (caller: Caller, provider: Json, account: string, org: string) => Promise<() => Promise<Answer>>
}

/** Every way to connect an account. */
const waysOf = ({ stack }: Life): readonly Way[] => [
  {
    starter: 'externalOAuth/authorize-provider',
    finisher: 'externalOAuth/complete-callback',
    status: 200,
    begin: async (caller, { id }, account) => {
      const redirect = await aRedirect(caller, id, account)
      return () => caller.post('/providers/callback/', redirect)
    },
  },
  {
    starter: 'connections/init-connection',
    finisher: 'connections/finish-connection',
    status: 200,
    begin: async (caller, { id }, account, org) => {
      const { url } = await expecting(200, initConnection(caller, { providerId: id }, org))
      const { searchParams } = await consent(url, { account })
      return () => caller.get(`//connections/oauth2/callback?${searchParams}`)
    },
  },
  {
    starter: 'externalAuth/start-external-auth-device',
    finisher: 'externalAuth/complete-external-auth-device',
    status: 204,
    begin: async (caller, provider, account) => {
      const device = await aDevice(caller, { id: provider.slug })
      await stack.upstream.control.decideDevice({ userCode: device.user_code, decision: 'allow', account })
      return () =>
        eventually(
          () => externalAuthOf(caller).poll(provider.slug, device.device_code),
          ({ body }) => !['authorization_pending', 'slow_down'].includes(body?.detail),
        )
    },
  },
  {
    finisher: 'integrations/connect-directly',
    status: 201,
    begin: async (caller, { slug }, account) => {
      const body = await aCodeOf(stack, account)
      return () => caller.post(`//api/integrations/${slug}/connect`, body)
    },
  },
]

/**
 * In an organization that has no data keys yet: an account is connected; once more by functions that remember nothing,
 * which renews the grant; then to a provider that is being deleted meanwhile, so that what it gave is nobody's; then to
 * one whose client secret is wrong.
 */
export const connectLives = async (life: Life): Promise<void> => {
  life.stack.upstream.control.setBehaviour({ deviceIntervalSeconds: 0 })
  for (const { starter, finisher, status, begin } of waysOf(life)) {
    const { org, admin, user, provider, rows } = await life.home()
    const renewing = await aProvider(life.stack, { slug: 'renewing', programmaticConnect: true }, { org })
    const connect = async (to: Json) => (await begin(user, to, finisher, org))()

    await expecting(status, connect(provider))
    await expecting(status, connect(renewing))
    for (const file of [starter, finisher]) if (file) life.cold(file)
    await expecting(status, connect(renewing))

    await meanwhile(
      life,
      ({ operation, body }) => operation === 'GetItem' && String(body?.Key.pk.S).startsWith('MEMBER#'),
      () => rows.changeProvider(provider.id, { state: 'deleting' }),
      () => connect(provider),
    )
    await rows.changeProvider(provider.id, { state: 'active' })

    const finish = await begin(user, provider, finisher, org)
    const { clientSecret } = life.stack.upstream.client
    await expecting(200, admin.patch(`/providers/${provider.id}/`, { clientSecret: 'wrong' }))
    await finish()
    await expecting(200, admin.patch(`/providers/${provider.id}/`, { clientSecret }))
  }
  await detours(life)
}

/** A grant that is reconnected; a consent that is denied, and one that the token endpoint fails; a code that comes twice. */
const detours = async (life: Life): Promise<void> => {
  const { stack } = life
  const { org, user, provider } = await life.home()
  const code = await aCodeOf(stack, 'direct')
  const { id } = await expecting(201, user.post('//api/integrations/demo/connect', code))
  await expecting(201, user.post('//api/integrations/demo/connect', code))
  await expecting(200, user.post(`/providers/${provider.id}/authorize/?authorizedProviderId=${id}`))
  const { state } = await expecting(200, user.post(`/providers/${provider.id}/authorize/`))
  await user.post('/providers/callback/', { providerId: provider.id, state, error: 'access_denied' })

  const proxied = await aProvider(stack, { ...stack.proxiedProvider, slug: 'proxied' }, { org })
  stack.proxies.upstream.plan({ match: ({ operation }) => operation === 'POST /token', kind: 'error' })
  await user.post('/providers/callback/', await aRedirect(user, proxied.id, 'half-way'))
  stack.proxies.upstream.plan([])
}
