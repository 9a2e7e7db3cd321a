import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask } from './ask.ts'
import { described, fieldsOf } from './describe.ts'
import { api } from './paths.ts'
import type { ProviderLife } from './provider-life.ts'
import { NoAnswer, Unexpected } from './unexpected.ts'

const TRIES = 3
const BETWEEN_MS = 1_000
const providers = `${api}/providers/`

/**
 * Deletes the provider of a run that did not come to delete it. Answers what a person must know of it: undefined when
 * there was nothing to do. Throws `Unexpected`, with what is left behind, when it cannot.
 */
export const cleanUp = async (ask: Ask, life: ProviderLife): Promise<string | undefined> => {
  if (!life.begun || life.deletionJobId !== undefined) return undefined
  let { id } = life
  let why = 'it is not in the list'
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await sleep(BETWEEN_MS)
    try {
      id ??= await findId(ask, life)
      if (id === undefined) continue
      const answer = await ask({ method: 'DELETE', path: `${providers}${id}/`, token: true })
      if (answer.status === 202 || answer.status === 404) return `The provider ${life.name} is deleted.`
      why = described(answer)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      why = error.message
    }
  }
  const which = id === undefined ? 'if there is one' : `by DELETE ${providers}${id}/`
  throw new Unexpected(`The provider ${life.name} is left behind: delete it, ${which} (${why}).`)
}

/** The answer to its registration may be lost: what was made is newest then. */
const findId = async (ask: Ask, { name }: ProviderLife): Promise<string | undefined> => {
  const { data } = fieldsOf(await ask({ path: `${providers}?orderBy=-createdAt&limit=100`, token: true }))
  const newest = Array.isArray(data) ? (data as readonly { readonly id: string; readonly slug: string }[]) : []
  return newest.find(({ slug }) => slug === name)?.id
}
