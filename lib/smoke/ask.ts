import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { NoAnswer, Stopped } from './unexpected.ts'

/** What is asked. Every part goes out as it is written: the percent signs of the path, the case of the headers. */
export interface Question {
  /** `GET` unless said. */
  readonly method?: string
  /** Below the base, with its query. */
  readonly path: string
  /** Whether the caller's token goes along, as `authorization`. */
  readonly token?: boolean
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Sent as JSON. */
  readonly body?: object
  /** Waited for even when the run is stopped: what it makes must be known to be taken away again. */
  readonly toItsEnd?: boolean
}

export interface Answer {
  readonly question: Question
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The text as it may be printed: a gateway that takes a token for a signature puts it into its answer. */
  readonly shown: string
  /** Parsed; undefined when it is not JSON. */
  readonly body: unknown
}

/** Sends one request to the deployment, and to nothing else. Throws `NoAnswer`, or `Stopped` once the run is stopped. */
export type Ask = (question: Question) => Promise<Answer>

export interface Asker {
  readonly ask: Ask
  /** All that was answered so far. */
  readonly answers: readonly Answer[]
  close(): void
}

export interface AskerOptions {
  /** Without a trailing slash. */
  readonly base: string
  readonly token: string
  /** What must not be printed besides. */
  readonly clientSecret: string
  readonly timeoutSeconds: number
  /** Whether what changes something may be sent in the caller's name. */
  readonly write: boolean
  readonly stop: AbortSignal
}

/** More than a Lambda function can answer. */
const MOST_BYTES = 8 * 1024 * 1024
/** Idle connections end here before a server ends them, which would look like a failure. */
const IDLE_MS = 2_000
const READING = ['GET', 'HEAD', 'OPTIONS']

/** `fetch` tidies paths and headers, and follows redirects: what is looked at here would be hidden by it. */
export const asker = ({ base, token, clientSecret, timeoutSeconds, write, stop }: AskerOptions): Asker => {
  const { protocol, hostname, port, host, pathname } = new URL(base)
  const settings = { keepAlive: true, timeout: IDLE_MS }
  const [request, agent] =
    protocol === 'https:' ? [httpsRequest, new HttpsAgent(settings)] : [httpRequest, new HttpAgent(settings)]
  const prefix = pathname.replace(/\/$/, '')
  const answers: Answer[] = []
  const mask = masking(token, clientSecret)

  const ask: Ask = async (question) => {
    const { method = 'GET', path, body, toItsEnd = false } = question
    if (question.token && !write && !READING.includes(method))
      throw new Error(`${method} ${path} is no reading request`)
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const patience = AbortSignal.timeout(timeoutSeconds * 1000)
    const signal = toItsEnd ? patience : AbortSignal.any([patience, stop])
    const headers = ['Host', host, ...headersOf(question, token, sent)]
    // Brackets are of URLs: an address of IPv6 is without.
    const where = { hostname: hostname.replace(/^\[|\]$/g, ''), port, method, path: prefix + path }
    try {
      const answer = await new Promise<Answer>((resolve, reject) => {
        request({ ...where, headers, agent, signal })
          .on('response', (response) => {
            textOf(response).then((text) => resolve(answerOf(question, response, text, mask)), reject)
          })
          .on('error', reject)
          .end(sent)
      })
      answers.push(answer)
      return answer
    } catch (error) {
      if (stop.aborted && !toItsEnd) throw new Stopped()
      const why = patience.aborted ? `was not answered in ${timeoutSeconds} s` : `got no answer: ${reason(error)}`
      throw new NoAnswer(`${method} ${path} ${why}`)
    }
  }

  return { ask, answers, close: () => agent.destroy() }
}

const headersOf = ({ method = 'GET', headers = [], token }: Question, jwt: string, sent?: string): string[] => [
  // Firewalls refuse who does not say what it is.
  ...['User-Agent', 'grantkeeper-smoke', 'Accept', '*/*'],
  ...(token ? ['authorization', `Bearer ${jwt}`] : []),
  ...(sent === undefined ? [] : ['Content-Type', 'application/json']),
  ...(READING.includes(method) ? [] : ['Content-Length', String(Buffer.byteLength(sent ?? ''))]),
  ...headers.flat(),
]

const textOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const answerOf = (
  question: Question,
  { statusCode = 0, headers }: IncomingMessage,
  text: string,
  mask: (text: string) => string,
): Answer => {
  const entries = Object.entries(headers).map(([name, value]) => [name, mask(String(value))])
  return {
    question,
    status: statusCode,
    headers: Object.fromEntries(entries),
    text,
    shown: mask(text),
    body: parse(text),
  }
}

/** Before anything is cut, so that no half of a secret is left; a token is none without its signature. */
const masking = (token: string, clientSecret: string) => {
  const secrets = [token, token.slice(token.lastIndexOf('.') + 1), clientSecret].filter((secret) => secret !== '')
  return (text: string): string => secrets.reduce((masked, secret) => masked.replaceAll(secret, '<secret>'), text)
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `ECONNREFUSED`, or what else is known. */
const reason = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
