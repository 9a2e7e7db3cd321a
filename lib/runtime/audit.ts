import { openSync, writeSync } from 'node:fs'
import type { MetricName } from '../contract/metrics.ts'
import { newId } from '../domain/ids.ts'
import type { Audit, AuditRecord } from '../domain/ports.ts'
import { Problem } from '../domain/problem.ts'
import { beforeAnswering } from './before-answering.ts'
import { configuration } from './configuration.ts'
import { measure } from './metrics.ts'
import { auditEntries } from './services/audit-entries.ts'

const STANDARD_OUTPUT = 1
let opened: number | undefined

const descriptor = (): number => {
  const file = configuration.auditFile()
  opened ??= file === undefined ? STANDARD_OUTPUT : openSync(file, 'a', 0o600)
  return opened
}

/** A full pipe says EAGAIN for a moment. */
const TRIES = 100

const writeLine = (line: string): void => {
  let left = Buffer.from(`${line}\n`)
  for (let tries = 0; left.length > 0; tries++) {
    try {
      left = left.subarray(writeSync(descriptor(), left))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || tries === TRIES) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/** What is counted besides; the names are in `contract/metrics.ts`. */
const counted: Readonly<Partial<Record<AuditRecord['action'], MetricName>>> = {
  'connect.completed': 'Connected',
  'token.disclosed': 'TokensDisclosed',
  'profile.disclosed': 'ProfilesDisclosed',
  'token.refreshed': 'Refreshed',
  'token.refreshFailed': 'RefreshesFailed',
  'token.revoked': 'Revoked',
  'grant.died': 'GrantsDied',
  'client.rejected': 'ClientsRejected',
  'job.failed': 'JobsFailed',
}

/**
 * The audit record: one JSON line, written synchronously before a secret leaves or a grant changes. If it cannot be
 * written, nothing happens that it would have told of. CloudWatch keeps the lines; they are as durable as a log group is.
 * A deployment may want copies in the table, which are there before the request is answered.
 */
export const audit: Audit = {
  record: (record) => {
    const at = Date.now()
    const entry = named(record)
    try {
      writeLine(JSON.stringify({ audit: record.action, at: new Date(at).toISOString(), ...entry }))
    } catch (cause) {
      throw new Problem('notRecorded', { cause })
    }
    count(record)
    const days = configuration.auditDays()
    if (days !== undefined) {
      beforeAnswering(auditEntries.add({ ...entry, action: record.action, id: newId(at), at }, days))
    }
  },
}

const count = ({ action, providerType }: AuditRecord): void => {
  const name = counted[action]
  if (name === undefined) return
  measure({ [name]: 1 }, providerType === undefined ? {} : { ProviderType: providerType }, { total: true })
}

/** Only what the record is made of, whatever object it was spread from. */
const named = ({
  orgId,
  userId,
  actorId,
  providerId,
  grantId,
  credentialId,
  jobId,
  reason,
  method,
  host,
}: AuditRecord) => ({
  orgId,
  userId,
  actorId,
  providerId,
  grantId,
  credentialId,
  jobId,
  reason,
  method,
  host,
})
