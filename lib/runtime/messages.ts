import * as z from 'zod'
import type { ChunkMessage, JobMessage } from '../domain/ports.ts'

const job = z.object({ orgId: z.string().min(1), jobId: z.string().min(1) })
const chunk = z.object({ ...job.shape, chunkId: z.string().min(1) })

const parse = <Schema extends z.ZodType>(schema: Schema, body: string): z.output<Schema> | undefined => {
  try {
    return schema.safeParse(JSON.parse(body)).data
  } catch {
    return undefined
  }
}

/** The message in a queue record; undefined for what was never sent by us. */
export const readJobMessage = (body: string): JobMessage | undefined => parse(job, body)
export const readChunkMessage = (body: string): ChunkMessage | undefined => parse(chunk, body)
