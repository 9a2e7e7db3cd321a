import { base64, credentialsAt } from '../credentials.ts'
import { eventually } from '../eventually.ts'
import { aGrant, type Json } from '../grantkeeper.ts'
import { jobIdIn } from '../jobs.ts'
import { expecting, type Life } from './life.ts'

/** Everything of an organization is sealed anew, by a job that an admin stops, and by one that the sweeper starts. */
export const resealingLives = async (life: Life): Promise<void> => {
  const { org, admin, user, provider } = await life.home()
  await aGrant(user, provider.id, 'sealed')
  const data = base64({ value: 'sealed' })
  await expecting(201, admin.post(credentialsAt('', org), { name: 'Sealed', type: 'Raw', data }))

  const job = jobIdIn(await admin.post('/jobs/', { type: 'RESEAL' }))
  await eventually(
    async () => (await life.rows.of('JOB#')).find(({ id }: Json) => id === job),
    ({ progress }: Json) => progress?.place?.at === 'end',
  )
  await expecting(200, admin.post(`/jobs/${job}/stop/`))

  const dataKeys = (await life.rows.of('DATAKEY#')).filter(({ orgId }: Json) => orgId === org)
  for (const row of dataKeys) await life.rows.change(row, { dueAt: 1, createdAt: 1 })
  await life.invoke('workers/sweep')
}
