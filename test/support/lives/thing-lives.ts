import { base64, credentialsAt } from '../credentials.ts'
import { aGrant, aProvider } from '../grantkeeper.ts'
import { sweepFlows } from '../sweep-flows.ts'
import { expecting, type Life } from './life.ts'

/** Providers: read, listed, changed; one is made by a function that remembers no data key. */
export const providerLives = async (life: Life): Promise<void> => {
  const { org, admin, provider } = await life.home()
  life.cold('externalOAuth/create-provider')
  await aProvider(life.stack, {}, { org })
  const at = `/providers/${provider.id}/`
  await expecting(200, admin.get('/providers/'))
  await expecting(200, admin.get(at))
  const { clientSecret } = life.stack.upstream.client
  await expecting(200, admin.patch(at, { name: 'Renamed', slug: 'renamed', clientSecret }))
  await expecting(200, admin.post(`${at}verify/`))
  await expecting(200, admin.patch(at, { clientSecret: 'wrong' }))
  await expecting(200, admin.post(`${at}verify/`))
  await expecting(200, admin.get('/audit/'))
  await expecting(200, admin.delete(`${at}?dryRun=true`))
}

/** Grants as every API shows them, to their owner and to an admin, twice: what was read once is found faster. */
export const grantLives = async (life: Life): Promise<void> => {
  const { org, admin, user, provider, rows } = await life.home()
  const numbers = '//api/v3/sources/user_connections/oauth/'
  const { id } = await aGrant(user, provider.id, 'shown')
  const credentialId = (await rows.grant(id))?.credentialId
  const [{ pk, user: owner }] = (await expecting(200, user.get(numbers))).results
  for (const caller of [user, admin, user]) {
    await expecting(200, caller.get('/authorizedProviders/'))
    await expecting(200, caller.get(`/authorizedProviders/${id}/`))
    await expecting(200, caller.get(credentialsAt('', org)))
    await expecting(200, caller.get(credentialsAt(credentialId, org)))
    await expecting(200, caller.get(`${numbers}?user=${owner}`))
    await expecting(200, caller.get(`${numbers}${pk}/`))
  }
  await expecting(200, admin.get(numbers))
  await expecting(200, user.get('//api/integrations/demo/connection'))
  await expecting(200, user.get('//api/integration-connections'))
  for (let times = 0; times < 2; times++) {
    await expecting(422, admin.post(credentialsAt(`${credentialId}/reveal`, org)))
    await expecting(422, admin.patch(credentialsAt(credentialId, org), { name: 'Other' }))
  }
}

/** Credentials of every fate, by functions that remember no data key. */
export const credentialLives = async (life: Life): Promise<void> => {
  const { org, admin } = await life.home()
  const kept = { name: 'Kept', type: 'Raw', data: base64({ value: 'x' }) }
  const { id } = await expecting(201, admin.post(credentialsAt('', org), kept))
  for (const name of ['create', 'get', 'update', 'reveal']) life.cold(`connections/${name}-credential`)
  life.cold('connections/list-credentials')
  const ends = { ...kept, expiresAt: '2999-01-01T00:00:00Z' }
  const { id: ended } = await expecting(201, admin.post(credentialsAt('', org), ends))
  await expecting(200, admin.get(credentialsAt('', org)))
  await expecting(200, admin.get(credentialsAt(id, org)))
  await expecting(200, admin.patch(credentialsAt(id, org), { data: base64({ value: 'y' }) }))
  await expecting(200, admin.post(credentialsAt(`${id}/reveal`, org)))
  await expecting(204, admin.delete(credentialsAt(id, org)))

  const [row] = (await life.rows.of('CRED#')).filter((each) => each.id === ended)
  await life.rows.change(row, { expiresAt: 1, dueAt: 1 })
  await life.invoke('workers/sweep')
}

/** The sweeper, remembering nothing, ends what broken-off flows have left. */
export const flowLives = async (life: Life): Promise<void> => {
  life.cold('workers/sweep')
  await sweepFlows(life.stack, life.rows)
}
