import { openSync, writeSync } from 'node:fs'
import type { Audit } from '../domain/ports.ts'
import { Problem } from '../domain/problem.ts'
import { configuration } from './configuration.ts'

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

/**
 * The audit record: one JSON line, written synchronously before a secret leaves or a grant changes. If it cannot be
 * written, nothing happens that it would have told of. CloudWatch keeps the lines; they are as durable as a log group is.
 */
export const audit: Audit = {
  record: (record) => {
    try {
      writeLine(JSON.stringify({ audit: record.action, at: new Date().toISOString(), ...named(record) }))
    } catch (cause) {
      throw new Problem('notRecorded', { cause })
    }
  },
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
}: Parameters<Audit['record']>[0]) => ({
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
