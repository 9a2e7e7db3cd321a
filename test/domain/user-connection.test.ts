import { expect, test } from 'vitest'
import { userConnection } from '../../lib/contract/schemas/user-connection.ts'
import { type Numbered, userConnectionView } from '../../lib/domain/user-connections/user-connection.ts'

const id = '0190f5a0-0000-7000-8000-000000000000'
const numbered = {
  pk: 2,
  user: 1,
  grant: { createdAt: 0, updatedAt: 0, sub: '4711' },
  provider: { id, name: 'GitHub', slug: 'github', state: 'active' },
} as unknown as Numbered

test.each([
  ['object', expect.objectContaining({ pk: id, slug: 'github' })],
  ['id', id],
] as const)('the source of a user connection is its %s, and source_obj the object in either case', (form, source) => {
  const view = userConnectionView(numbered, form)

  expect(view).toMatchObject({ source, source_obj: { pk: id, slug: 'github', icon_url: null } })
  expect(userConnection.safeParse(view).success).toBe(true)
})
