import * as z from 'zod'
import { defineOperation } from '../operation.ts'
import { removeGrant } from '../rights.ts'
import { unlinked } from '../schemas/external-auth.ts'
import { idParam } from '../schemas/fields.ts'

const base = '/api/v2/external-auth'
/** The slug or the id of a provider. */
const params = z.object({ externalauth: idParam })

export const deleteExternalAuth = defineOperation({
  id: 'deleteExternalAuth',
  surface: 'externalAuth',
  method: 'DELETE',
  path: `${base}/{externalauth}`,
  access: 'member',
  summary: "Revoke and delete the caller's link to a provider",
  params,
  replies: { 200: unlinked },
  errors: [404, 422],
  timeoutSeconds: 60,
  grants: [...removeGrant, 'slug:get', 'user:query'],
})
