import { createHash } from 'node:crypto'
import { DATA_KEY, DUE, DUE_SHARDS, kinds } from '../contract/grant.ts'
import { component } from '../domain/component.ts'

/**
 * Every key of the table, with the access it serves. The kind comes first, so that a role can be held to kinds.
 *
 * | item     | partition                    | sort              | read by                                             |
 * | -------- | ---------------------------- | ----------------- | --------------------------------------------------- |
 * | provider | PROV # org                   | provider id       | id; all of an organization by creation              |
 * | secret   | SECRET # org                 | secret id         | id                                                  |
 * | slug     | SLUG # org                   | slug              | slug: one provider each                             |
 * | grant    | GRANT # org # grant id       | GRANT             | id                                                  |
 * | member   | MEMBER # org # provider id   | user # sub        | account: one grant each; all grants of a provider   |
 * | user     | USER # org # user            | grant id          | all grants of a user by creation                    |
 * | sibling  | SIBLING # client,sub         | org # grant id    | all grants of an account, across providers          |
 * | flow     | FLOW # SHA-256(org, state)   | FLOW or END       | state, or a device flow's handle; how that ended    |
 * | ticket   | TICKET # SHA-256(ticket)     | TICKET            | ticket                                              |
 * | job      | JOB # org                    | job id            | id; all of an organization by creation              |
 * | chunk    | CHUNK # org # job id         | OPEN or DONE # id | id; what is left of a job; its sums                 |
 * | credential | CRED # org                   | credential id     | id; all of an organization by creation              |
 * | number   | NUMBER # org                 | N # number        | number: the grant or the user that has it           |
 * |          |                              | USER # user       | the number of a user                                |
 * |          |                              | LAST              | the last number that was given                      |
 * | audit    | AUDIT # org # day         | entry id          | all of an organization's day by time                |
 * | data key | DATAKEY # kind # org         | number            | number; the newest                                  |
 *
 * The index `due` (partition `duePk`, sort `dueAt`) holds only what the sweeper must look after: unfinished jobs,
 * flows whose code was sent, credentials and grants that have an end, and data keys, now and then.
 */
export interface Key {
  readonly pk: string
  readonly sk: string
}

const join = (...parts: readonly string[]): string => parts.map(component).join('#')

export const providerKey = (orgId: string, id: string): Key => ({
  pk: `${kinds.provider}#${join(orgId)}`,
  sk: join(id),
})
export const secretKey = (orgId: string, id: string): Key => ({ pk: `${kinds.secret}#${join(orgId)}`, sk: join(id) })
export const slugKey = (orgId: string, slug: string): Key => ({ pk: `${kinds.slug}#${join(orgId)}`, sk: join(slug) })
export const grantKey = (orgId: string, id: string): Key => ({
  pk: `${kinds.grant}#${join(orgId, id)}`,
  sk: kinds.grant,
})
export const memberKey = (orgId: string, providerId: string, userId: string, sub: string): Key => ({
  pk: `${kinds.member}#${join(orgId, providerId)}`,
  sk: join(userId, sub),
})
/** A shared provider has one grant for the whole organization: its one member stands under a key that no user has. */
export const sharedMemberKey = (orgId: string, providerId: string): Key => ({
  pk: `${kinds.member}#${join(orgId, providerId)}`,
  sk: '*',
})
export const userKey = (orgId: string, userId: string, grantId: string): Key => ({
  pk: `${kinds.user}#${join(orgId, userId)}`,
  sk: join(grantId),
})
export const siblingKey = (account: readonly string[], orgId: string, grantId: string): Key => ({
  pk: `${kinds.sibling}#${component(JSON.stringify(account))}`,
  sk: join(orgId, grantId),
})
/** How an id stands as one part of a key. */
export const keyPart = component
/** `key` is a hash already; it holds organization and state. */
export const flowKey = (key: string): Key => ({ pk: `${kinds.flow}#${join(key)}`, sk: kinds.flow })
/** How a device flow has ended. */
export const flowEndKey = (key: string): Key => ({ ...flowKey(key), sk: 'END' })
/** `key` is a hash already. */
export const ticketKey = (key: string): Key => ({ pk: `${kinds.ticket}#${join(key)}`, sk: kinds.ticket })
export const jobKey = (orgId: string, id: string): Key => ({ pk: `${kinds.job}#${join(orgId)}`, sk: join(id) })
export const chunkKey = (orgId: string, jobId: string, state: 'OPEN' | 'DONE', id: string): Key => ({
  pk: `${kinds.chunk}#${join(orgId, jobId)}`,
  sk: `${state}#${join(id)}`,
})

export const credentialKey = (orgId: string, id: string): Key => ({
  pk: `${kinds.credential}#${join(orgId)}`,
  sk: join(id),
})

export const numberKey = (orgId: string, number: number): Key => ({
  pk: `${kinds.number}#${join(orgId)}`,
  sk: `N#${number}`,
})
export const userNumberKey = (orgId: string, userId: string): Key => ({
  pk: `${kinds.number}#${join(orgId)}`,
  sk: `USER#${join(userId)}`,
})
export const lastNumberKey = (orgId: string): Key => ({ pk: `${kinds.number}#${join(orgId)}`, sk: 'LAST' })

/** By day, so that no partition grows for ever, and old ones end as a whole. */
export const auditPartition = (orgId: string, day: string): string => `${kinds.audit}#${join(orgId, day)}`
export const auditKey = (orgId: string, day: string, id: string): Key => ({
  pk: auditPartition(orgId, day),
  sk: join(id),
})

export const dataKeyKey = (kind: string, orgId: string, number: number): Key => ({
  pk: `${DATA_KEY}#${join(kind, orgId)}`,
  sk: String(number).padStart(8, '0'),
})

export const dueKey = (shard: number): string => `${DUE}#${shard}`

/** The partition of the due index in which an item stands. */
export const dueKeyOf = (id: string): string =>
  dueKey(createHash('sha256').update(id).digest().readUInt32BE(0) % DUE_SHARDS)
