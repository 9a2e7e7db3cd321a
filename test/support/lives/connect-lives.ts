import { accessKeyIdOf } from '../../../lib/local/services/client-config.ts'
import { answerPage, aTicket, toLastPage } from '../browser-connect.ts'
import { aGrant, aProvider, aRedirect, type Json } from '../grantkeeper.ts'
import { aCodeOf } from './app-code.ts'
import { expecting, type Life, meanwhile } from './life.ts'
import { waysOf } from './ways.ts'

/**
 * In an organization that has no data keys yet: an account is connected; once more by functions that remember nothing,
 * which renews the grant; then to a provider that is being deleted meanwhile, or by a flow that ends meanwhile, so that
 * what it gave is nobody's; then to one whose client secret is wrong.
 */
export const connectLives = async (life: Life): Promise<void> => {
  life.stack.upstream.control.setBehaviour({ deviceIntervalSeconds: 1 })
  for (const { starters, finisher, status, overrides, begin } of waysOf(life)) {
    const { org, admin, user, provider, rows } = await life.home(overrides)
    const { redirectUris } = provider
    const renewing = await aProvider(life.stack, { slug: 'renewing', programmaticConnect: true, redirectUris }, { org })
    const connect = async (to: Json) => (await begin(user, to, finisher, org))()

    await expecting(status, connect(provider))
    await expecting(status, connect(renewing))
    for (const file of [...starters, finisher]) life.cold(file)
    await expecting(status, connect(renewing))

    // Who reads no member holds the tokens in the flow, and keeps no grant by itself.
    const isPage = finisher.startsWith('pages/show-')
    if (isPage) await aGrant(user, provider.id, finisher)
    await meanwhile(
      life,
      ({ caller, operation, body }) =>
        caller === accessKeyIdOf(life.stack.stack.functionId(finisher)) &&
        (isPage ? operation === 'UpdateItem' : operation === 'GetItem' && body.Key.pk.S.startsWith('MEMBER#')),
      ({ body: { Key } }) =>
        isPage
          ? life.rows.remove({ pk: Key.pk.S, sk: Key.sk.S })
          : rows.changeProvider(provider.id, { state: 'deleting' }),
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

/** A grant that is reconnected; one that is declined in the browser; a consent that is denied, and one that the token endpoint fails; a code that comes twice. */
const detours = async (life: Life): Promise<void> => {
  const { stack } = life
  const { org, user, provider } = await life.home()
  const code = await aCodeOf(stack, 'direct')
  const { id } = await expecting(201, user.post('//api/integrations/demo/connect', code))
  await expecting(201, user.post('//api/integrations/demo/connect', code))
  await expecting(200, user.post(`/providers/${provider.id}/authorize/?authorizedProviderId=${id}`))
  const { state } = await expecting(200, user.post(`/providers/${provider.id}/authorize/`))
  await user.post('/providers/callback/', { providerId: provider.id, state, error: 'access_denied' })

  const { browser, page } = await toLastPage(await aTicket(user, provider.slug), 'declined')
  await answerPage(browser, page, 'decline')

  const proxied = await aProvider(stack, { ...stack.proxiedProvider, slug: 'proxied' }, { org })
  stack.proxies.upstream.plan({ match: ({ operation }) => operation === 'POST /token', kind: 'error' })
  await user.post('/providers/callback/', await aRedirect(user, proxied.id, 'half-way'))
  stack.proxies.upstream.plan([])
}
