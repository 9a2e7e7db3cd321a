import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Check, Scene } from './check.ts'
import { percentEncoded } from './checks/ids.ts'
import { expectStatus, fieldsOf, unexpected } from './describe.ts'
import { jobIdIn, untilCompleted } from './jobs.ts'
import type { SmokeOptions } from './options.ts'
import { api, UNKNOWN_ID } from './paths.ts'
import { Unexpected } from './unexpected.ts'

/** The provider of a writing run, from before it is made until it is gone. */
export interface ProviderLife {
  /** Its name and its slug: by them it is found when its id never arrived. */
  readonly name: string
  /** What registers it. */
  readonly request: Readonly<Record<string, unknown>>
  /** Whether it may have been made. */
  begun: boolean
  id?: string
  /** As it was answered at its registration. */
  registered?: Readonly<Record<string, unknown>>
  deletionJobId?: string
}

/** A provider that is not yet made. */
export const aLife = ({ provider }: SmokeOptions): ProviderLife => {
  const name = `grantkeeper-smoke-${randomBytes(6).toString('hex')}`
  const client = { clientId: name, clientSecret: randomBytes(24).toString('base64url') }
  return { name, request: { ...client, ...provider, name, slug: name }, begun: false }
}

const providers = `${api}/providers/`
const ofProvider = ({ life }: Scene): string => `${providers}${life.id}/`

const register = async ({ ask, life }: Scene): Promise<void> => {
  life.begun = true
  const answer = await ask({ method: 'POST', path: providers, token: true, body: life.request, toItsEnd: true })
  // It was refused, so that nothing was made.
  if (answer.status >= 400 && answer.status < 500) life.begun = false
  expectStatus(answer, 201)
  const registered = fieldsOf(answer)
  if (typeof registered.id !== 'string') throw unexpected('a provider with an id', answer)
  life.id = registered.id
  life.registered = registered
  if (answer.text.includes(String(life.request.clientSecret))) throw unexpected('no client secret', answer)
}

const read = async (scene: Scene): Promise<void> => {
  const { ask, life } = scene
  for (const path of [ofProvider(scene), `${providers}${percentEncoded(life.id ?? '')}/`]) {
    const answer = await ask({ path, token: true })
    expectStatus(answer, 200)
    if (!isDeepStrictEqual(answer.body, life.registered)) throw unexpected('the provider as it was registered', answer)
  }
}

const list = async ({ ask, life }: Scene): Promise<void> => {
  for (const query of [
    `ids=${life.id}&ids=${UNKNOWN_ID}`,
    `ids=${UNKNOWN_ID}&ids=${life.id}`,
    `ids=${UNKNOWN_ID},${life.id}`,
  ]) {
    const answer = await ask({ path: `${providers}?${query}`, token: true })
    expectStatus(answer, 200)
    if (!isDeepStrictEqual(fieldsOf(answer).data, [life.registered]))
      throw unexpected('the provider, and no other', answer)
  }
}

const change = async (scene: Scene): Promise<void> => {
  const name = `${scene.life.name} renamed`
  const changed = await scene.ask({ method: 'PATCH', path: ofProvider(scene), token: true, body: { name } })
  expectStatus(changed, 200)
  const answer = await scene.ask({ path: ofProvider(scene), token: true })
  if (fieldsOf(answer).name !== name) throw unexpected(`the name ${name}`, answer)
}

const authorize = async (scene: Scene): Promise<void> => {
  const { ask, life, options } = scene
  const callbackUrl = String(life.registered?.callbackUrl)
  const path = `${ofProvider(scene)}authorize/?redirect_uri=${encodeURIComponent(callbackUrl)}`
  const answer = await ask({ method: 'POST', path, token: true })
  expectStatus(answer, 200)
  const { redirectUrl, state } = fieldsOf(answer)
  if (typeof redirectUrl !== 'string' || !URL.canParse(redirectUrl))
    throw new Unexpected('expected a redirectUrl; came none')
  const { searchParams } = new URL(redirectUrl)
  const redirectUri = searchParams.get('redirect_uri')
  if (!redirectUri?.startsWith(`${options.base}/`)) {
    throw new Unexpected(`expected a redirect_uri below ${options.base}; came ${redirectUri ?? 'none'}`)
  }
  if (typeof state !== 'string' || searchParams.get('state') !== state) {
    throw new Unexpected('expected the state of the answer in its redirectUrl; came another')
  }
}

const verify = async (scene: Scene): Promise<void> => {
  const answer = await scene.ask({ method: 'POST', path: `${ofProvider(scene)}verify/`, token: true })
  expectStatus(answer, 200)
  const { data } = fieldsOf(answer)
  const results = Array.isArray(data) ? (data as readonly Record<string, unknown>[]) : []
  const resultOf = (check: string) => results.find((one) => one.check === check)
  // Nobody knows the client, so that it may be refused: but it must have been refused by the provider.
  const reached = resultOf('tokenEndpoint')
  if (!reached || reached.result === 'unknown') throw unexpected('a provider that was reached', answer)
  const base = resultOf('publicBaseUrl')
  if (base?.result === 'failed') throw new Unexpected(`expected a public https base URL; ${base.message}`)
}

const countStatistics = async (scene: Scene): Promise<void> => {
  const answer = await scene.ask({ method: 'POST', path: `${api}/jobs/`, token: true, body: { type: 'STATS' } })
  expectStatus(answer, 202)
  await untilCompleted(scene, jobIdIn(answer))
}

const remove = async (scene: Scene): Promise<void> => {
  const answer = await scene.ask({ method: 'DELETE', path: ofProvider(scene), token: true })
  expectStatus(answer, 202)
  scene.life.deletionJobId = jobIdIn(answer)
  if (answer.headers.location !== fieldsOf(answer).location)
    throw unexpected('a header Location that says what the body says', answer)
}

const removed = async (scene: Scene): Promise<void> => {
  await untilCompleted(scene, scene.life.deletionJobId ?? '')
  expectStatus(await scene.ask({ path: ofProvider(scene), token: true }), 404)
}

/** What becomes of a provider, in order. A check of a provider uses no user's account. */
export const providerLife: readonly Check[] = [
  {
    title: 'a provider is registered, and its secret does not come back',
    needs: 'admin',
    gives: 'provider',
    run: register,
    onAws: 'A 500 is most often a right that the role lacks, on the key or the table: see the log of createProvider.',
  },
  {
    title: 'the provider is read by its id, also percent-encoded',
    needs: 'provider',
    run: read,
    onAws: 'Path parameters arrive decoded, or the table gives back something else than was written.',
  },
  {
    title: 'the provider is listed by its id, beside an id that nothing has',
    needs: 'provider',
    run: list,
    onAws: 'Of a repeated query key only one value reaches the function.',
  },
  {
    title: 'the name of the provider is changed',
    needs: 'provider',
    run: change,
    onAws: 'See the log of updateProvider; a role may lack dynamodb:UpdateItem.',
  },
  {
    title: 'a flow begins at the provider, with a redirect_uri below the base',
    needs: 'provider',
    run: authorize,
    onAws:
      'The stack takes itself to be elsewhere: PublicBaseUrl or domain is not the URL given, and providers will refuse the callback.',
  },
  {
    title: 'the provider is verified, and so was reached',
    needs: 'provider',
    run: verify,
    onAws: 'Functions do not get out to the provider: they must be in no VPC, or in one with a way out.',
  },
  {
    title: 'a job of statistics runs to its end',
    needs: 'admin',
    run: countStatistics,
    onAws:
      'The message does not reach the worker, or the worker fails: see the queue of jobs, its DLQ, and the log of run-job.',
  },
  {
    title: 'the provider is deleted: 202, and where the job is',
    needs: 'provider',
    gives: 'deletion',
    run: remove,
    onAws: 'See the log of deleteProvider; a role may lack sqs:SendMessage.',
  },
  {
    title: 'the job of the deletion is COMPLETED, and the provider gone',
    needs: 'deletion',
    run: removed,
    onAws: 'A worker fails, or its queue does not call it: see Dead letters, and A job that is stuck, in RUNBOOK.md.',
  },
]
