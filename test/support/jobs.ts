import { setTimeout as sleep } from 'node:timers/promises'
import type { ChunkMessage, JobMessage } from '../../lib/domain/ports.ts'
import { sqsEvent } from '../../lib/local/events/sqs-event.ts'
import type { InvokeResult } from '../../lib/local/model.ts'
import type { LocalStack } from '../../lib/local/stack.ts'
import { jobKey } from '../../lib/storage/keys.ts'
import type { Backdoor } from './backdoor.ts'
import type { Answer, Caller, Json } from './grantkeeper.ts'

/** The id of the job that a 202 tells of. */
export const jobIdIn = ({ status, body, text }: Answer): string => {
  if (status !== 202) throw new Error(`No job was started: ${status} ${text}`)
  return String(new URL(body.location).pathname.split('/').at(-2))
}

/** The details of a job by their names. */
export const detailsOf = (job: Json): Record<string, string> =>
  Object.fromEntries(job.details.map(({ name, value }: Json) => [name, value]))

export const isFinished = ({ status }: Json): boolean => status === 'COMPLETED' || status === 'ERROR'

/** Polls a job until it is finished, and answers all that was seen of it. Throws when it takes too long. */
export const untilFinished = async (
  admin: Caller,
  jobId: string,
  { withinMs = 20_000, everyMs = 50, meanwhile }: { withinMs?: number; everyMs?: number; meanwhile?: Meanwhile } = {},
): Promise<Json[]> => {
  const seen: Json[] = []
  const endsAt = performance.now() + withinMs
  while (performance.now() < endsAt) {
    const { status, body, text } = await admin.get(`/jobs/${jobId}/`)
    if (status !== 200) throw new Error(`The job cannot be read: ${status} ${text}`)
    seen.push(body)
    if (isFinished(body)) return seen
    await meanwhile?.(body)
    await sleep(everyMs)
  }
  const { status, ...job } = seen.at(-1)
  const { authorization_ids: _, ...details } = detailsOf(job)
  throw new Error(`The job is not finished but ${status}: ${JSON.stringify(details)}`)
}

type Meanwhile = (job: Json) => Promise<void> | void

/** The workers of a stack, called by hand as their event sources would. */
export interface Workers {
  runJob(message: JobMessage, receives?: number): Promise<InvokeResult>
  deleteChunk(message: ChunkMessage, receives?: number): Promise<InvokeResult>
  /** Lets some minutes pass for the job, two unless told, in which nobody works on it; then the sweeper looks. */
  sweep(job: JobMessage, minutes?: number): Promise<InvokeResult>
}

export const workersOf = ({ functions, functionId }: LocalStack, { change, rows }: Backdoor): Workers => {
  /** Puts the times of a row back. */
  const age = async (row: Json, ms: number): Promise<void> => {
    const times = ['stillSince', 'sentAt', 'movedAt'].filter((name) => row[name] !== undefined)
    if (times.length === 0) return
    await change({ pk: row.pk, sk: row.sk }, Object.fromEntries(times.map((name) => [name, row[name] - ms])))
  }

  const deliver = (worker: string, message: object, receives: number): Promise<InvokeResult> => {
    const MessageId = `${worker}-${receives}`
    const Attributes = { ApproximateReceiveCount: String(receives) }
    const event = sqsEvent([{ MessageId, Body: JSON.stringify(message), Attributes }], 'arn:aws:sqs:us-east-1:0:queue')
    return functions.invoke(functionId(`workers/${worker}`), event)
  }
  return {
    runJob: (message, receives = 1) => deliver('run-job', message, receives),
    deleteChunk: (message, receives = 1) => deliver('delete-chunk', message, receives),
    sweep: async ({ orgId, jobId }, minutes = 2) => {
      for (const row of await rows()) {
        const isOurs = row.pk.startsWith('JOB#') ? row.id === jobId : row.jobId === jobId && row.sk.startsWith('OPEN#')
        // A worker may be done with it meanwhile.
        if (isOurs) await age(row, minutes * 60_000).catch(() => undefined)
      }
      await change(jobKey(orgId, jobId), { dueAt: 1 }).catch(() => undefined)
      return functions.invoke(functionId('workers/sweep'), {})
    },
  }
}
