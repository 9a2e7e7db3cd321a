import { answerPage, aTicket, toLastPage } from '../browser-connect.ts'
import { externalAuthOf } from '../external-auth.ts'
import { type Answer, aGrant, type Json } from '../grantkeeper.ts'
import { expecting, type Home, type Life, meanwhile } from './life.ts'

interface Asker {
  readonly file: string
  readonly status: number
  /** Asks for what takes a token, of a provider by its slug. */
  readonly ask: (home: Home, grant: Json) => Promise<Answer>
}

const integration = '//api/integrations/demo'

/** Everything that serves a token, or uses one. */
const askers: readonly Asker[] = [
  {
    file: 'externalOAuth/acquire-access-token',
    status: 201,
    ask: ({ user }, { id }) => user.post(`/authorizedProviders/${id}/accessToken/`),
  },
  {
    file: 'externalOAuth/acquire-provider-access-token',
    status: 201,
    ask: ({ user, provider }) => user.post(`/providers/${provider.id}/accessToken/`),
  },
  {
    file: 'externalOAuth/get-userinfo',
    status: 200,
    ask: ({ user }, { id }) => user.get(`/authorizedProviders/${id}/userinfo/`),
  },
  {
    file: 'externalOAuth/diagnose-authorized-provider',
    status: 200,
    ask: ({ user }, { id }) => user.get(`/authorizedProviders/${id}/diagnosis/`),
  },
  { file: 'externalAuth/get-external-auth', status: 200, ask: ({ user }) => externalAuthOf(user).get('demo') },
  { file: 'externalAuth/list-external-auths', status: 200, ask: ({ user }) => externalAuthOf(user).list() },
  {
    file: 'integrations/relay-request',
    status: 200,
    ask: ({ user }) => user.post(`${integration}/request`, { url: '/files' }),
  },
  { file: 'integrations/relay-path', status: 200, ask: ({ user }) => user.get(`${integration}/request/files`) },
]

/**
 * A token that has expired, in a cold function; the provider had not answered in time before. Then one that somebody else
 * is refreshing. Then one whose grant is connected anew while it is refreshed, so that what comes of it is nobody's.
 */
export const tokenLives = async (life: Life): Promise<void> => {
  for (const { file, status, ask } of askers) {
    const home = await life.home()
    const { rows, user, provider } = home
    const grant = await aGrant(user, provider.id, file)

    await rows.age(grant.id)
    await rows.changeProvider(provider.id, { timeouts: 1 })
    await expecting(status, ask(home, grant))

    await rows.age(grant.id)
    await rows.changeGrant(grant.id, { leaseId: 'another', leaseUntil: Date.now() + 300 })
    await expecting(status, ask(home, grant))

    await rows.age(grant.id)
    await meanwhile(
      life,
      ({ operation, body }) =>
        operation === 'UpdateItem' && String(body?.UpdateExpression).includes('#leaseId = :leaseId'),
      async () => void (await aGrant(user, provider.id, file)),
      () => ask(home, grant),
    )
  }
  await sharedLives(life)
}

/** A shared connection is found by its provider and not by its user. */
const sharedLives = async (life: Life): Promise<void> => {
  const home = await life.home({ shared: true })
  await expecting(302, home.user.get(`${integration}/connect`))
  const { browser, page } = await toLastPage(await aTicket(home.user, 'demo'), 'shared')
  await answerPage(browser, page, 'keep')
  const [grant] = (await expecting(200, home.user.get('/authorizedProviders/'))).data
  for (const { status, ask } of askers.filter(({ file }) => file.startsWith('integrations/'))) {
    await expecting(status, ask(home, grant))
  }
  await expecting(200, home.other.get(`${integration}/connection`))
  await expecting(404, home.other.post(`/providers/${home.provider.id}/accessToken/?connect=true`))
  const empty = await life.home()
  await expecting(404, empty.user.post(`/providers/${empty.provider.id}/accessToken/?connect=true`))
  await expecting(200, home.admin.get('/authorizedProviders/?all=true'))
  await expecting(200, home.other.get('//api/integration-connections'))
  await expecting(409, home.other.post(`/providers/${home.provider.id}/authorize/`))
  await expecting(409, home.other.post(`//organisations/${home.org}/connection-init`, { providerId: home.provider.id }))
  await expecting(409, externalAuthOf(home.other).start('demo'))
  await expecting(409, home.other.post(`${integration}/connect`, { refreshToken: 'any' }))
  await expecting(204, home.user.delete(`${integration}/connection`))
}
