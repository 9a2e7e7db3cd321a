import { credentialsAt } from '../credentials.ts'
import { externalAuthOf } from '../external-auth.ts'
import { aGrant, type Caller, type Json } from '../grantkeeper.ts'
import { type Home, type Life, meanwhile } from './life.ts'

const numbers = '//api/v3/sources/user_connections/oauth/'

interface Ender {
  readonly file: string
  /** Ends the grant, by whatever it is called. */
  readonly end: (caller: Caller, grant: Json, home: Home) => Promise<unknown>
}

const pkOf = async (caller: Caller, account: string): Promise<number> =>
  (await caller.get(`${numbers}?search=${account}`)).body.results[0].pk

/** Everything that revokes and removes one grant. */
const endersOf = (life: Life): readonly Ender[] => [
  {
    file: 'externalOAuth/delete-authorized-provider',
    end: (caller, { id }) => caller.delete(`/authorizedProviders/${id}/`),
  },
  { file: 'externalAuth/delete-external-auth', end: (caller) => externalAuthOf(caller).unlink('demo') },
  { file: 'integrations/delete-connection', end: (caller) => caller.delete('//api/integrations/demo/connection') },
  {
    file: 'connections/delete-credential',
    end: async (caller, { id }, { org, rows }) =>
      caller.delete(credentialsAt((await rows.grant(id))?.credentialId ?? id, org)),
  },
  {
    file: 'userConnections/delete-user-connection',
    end: (caller, { pk }) => caller.delete(`${numbers}${pk}/`),
  },
  {
    file: 'workers/sweep',
    end: async (_, { id }, { rows }) => {
      await rows.changeGrant(id, { expiresAt: 1 }).catch(() => undefined)
      const [row] = (await life.rows.of('GRANT#')).filter((each) => each.id === id)
      if (row) await life.rows.change(row, { duePk: 'DUE#0', dueAt: 1 })
      await life.invoke('workers/sweep')
    },
  },
]

/**
 * Of two grants of one account the first is not revoked, since the second would die too. The second is, and is changed
 * meanwhile, so that all is done once more. Both have numbers.
 */
export const endLives = async (life: Life): Promise<void> => {
  for (const { file, end } of endersOf(life)) {
    const home = await life.home()
    const { user, other, provider, rows } = home
    const account = file.replaceAll(/\W/g, '')
    const grants: Json[] = []
    for (const caller of [user, other]) {
      const { id } = await aGrant(caller, provider.id, account)
      grants.push({ id, pk: await pkOf(caller, account) })
    }
    life.cold(file)

    await end(user, grants[0], home)
    await meanwhile(
      life,
      ({ operation, body }) => operation === 'GetItem' && String(body?.Key.pk.S).startsWith('GRANT#'),
      () => rows.changeGrant(grants[1].id, { generation: 2 }),
      () => end(other, grants[1], home),
    )
    await end(other, grants[1], home)
  }
}
