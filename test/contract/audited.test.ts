import { describe, expect, test } from 'vitest'
import { operations } from '../../lib/contract/index.ts'
import { workers } from '../../lib/contract/workers.ts'
import type { AuditRecord } from '../../lib/domain/ports.ts'

type Action = AuditRecord['action']

/** What a request leaves on record when it succeeds, or why there is nothing to record. */
const records: Readonly<Record<string, Action | { readonly reads: string }>> = {
  createProvider: 'provider.created',
  updateProvider: 'provider.updated',
  verifyProvider: 'provider.verified',
  deleteProvider: 'provider.deleting',
  getProvider: { reads: 'settings, without the secret' },
  listProviders: { reads: 'settings, without secrets' },

  authorizeProvider: 'connect.started',
  completeCallback: 'connect.completed',
  initConnection: 'connect.started',
  finishConnection: 'connect.completed',
  connectDirectly: 'connect.completed',
  startExternalAuthDevice: 'connect.started',
  completeExternalAuthDevice: 'connect.completed',
  createConnectTicket: 'ticket.issued',
  initiateConnect: 'connect.started',
  showConnect: { reads: 'whose ticket it is, and remembers the browser; the flow begins at the confirmation' },
  confirmConnect: 'connect.started',
  showCallback: 'connect.refused',
  showSharedCallback: 'connect.refused',
  decideConnect: 'connect.completed',
  completeConnectTicket: 'connect.completed',

  acquireAccessToken: 'token.disclosed',
  acquireProviderAccessToken: 'token.disclosed',
  getUserinfo: 'profile.disclosed',
  getExternalAuth: 'profile.disclosed',
  listExternalAuths: 'token.refreshed',
  diagnoseAuthorizedProvider: 'token.refreshed',
  relayPath: 'request.proxied',
  relayRequest: 'request.proxied',
  getAuthorizedProvider: { reads: 'ids, state and scopes' },
  listAuthorizedProviders: { reads: 'ids, state and scopes' },
  getConnection: { reads: 'ids, state and scopes' },
  listConnections: { reads: 'ids, state and scopes' },
  getUserConnection: { reads: 'numbers, state and scopes' },
  listUserConnections: { reads: 'numbers, state and scopes; a grant without a number is given one' },

  deleteAuthorizedProvider: 'grant.removed',
  deleteConnection: 'grant.removed',
  deleteUserConnection: 'grant.removed',
  deleteExternalAuth: 'grant.removed',

  createCredential: 'credential.created',
  updateCredential: 'credential.updated',
  revealCredential: 'credential.revealed',
  deleteCredential: 'credential.removed',
  getCredential: { reads: 'what is not redacted' },
  listCredentials: { reads: 'what is not redacted' },

  createJob: 'resealing.started',
  stopJob: 'job.stopped',
  getJob: { reads: 'counts' },
  listJobs: { reads: 'counts' },
  listAudit: { reads: 'the record itself' },
  getOpenapi: { reads: 'what is public' },
}

const changing = /:(put|update|delete)$|^(open|seal|reseal|rotate|rewrap|send):/
/** Rights to change or to open something that are no affair of the record, by the operation. */
const excused: Readonly<Record<string, RegExp>> = {
  showConnect: /^ticket:update$/,
  listUserConnections: /^(number:(put|update)|grant:update)$/,
  getCredential: /^open:credential$/,
  listCredentials: /^open:credential$/,
}

describe('the audit record', () => {
  test('is thought of for every operation, and for no other', () => {
    expect(Object.keys(records).sort()).toEqual(operations.map(({ id }) => id).sort())
  })

  // That a right is used, and not only granted, is what test/journeys/permissions.test.ts sees.
  test.each(operations.map(({ id, grants }) => [id, grants] as const))('of %s', (id, grants) => {
    const isRecorded = typeof records[id] === 'string'

    expect(grants.includes('audit:put')).toBe(isRecorded)
    if (!isRecorded) expect(grants.filter((word) => changing.test(word) && !excused[id]?.test(word))).toEqual([])
  })

  test.each(workers.map(({ id, grants }) => [id, grants] as const))('of the worker %s', (_, grants) => {
    expect(grants).toContain('audit:put')
  })

  test('has no excuse that outlives its cause', () => {
    for (const [id, words] of Object.entries(excused)) {
      expect(typeof records[id]).toBe('object')
      expect(operations.find((each) => each.id === id)?.grants.some((word) => words.test(word))).toBe(true)
    }
  })
})
