import type { Members } from './facts.ts'
import type { Answer, Call } from './message.ts'
import type { Played } from './played.ts'
import type { Quirks } from './quirks.ts'
import { type RefusalReason, Refused, refusalBody } from './refusals.ts'

/** Puts what `work` gives, or why it was refused, into the form in which the provider answers token requests. */
export function tokenAnswer(played: Played, call: Call, work: () => Members): Answer {
  try {
    return encode(played, call, 200, work())
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { status, body } = refusalBody(played.facts.tokens, error)
    const answer = encode(played, call, statusOf(played.quirks, error.reason, status), body)
    if (!played.quirks.wwwAuthenticateOnTokenError) return answer
    return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge(body) } }
  }
}

/** Google's statuses of a device that has to wait, or may not. */
const GOOGLE_DEVICE: Readonly<Partial<Record<RefusalReason, number>>> = {
  devicePending: 428,
  deviceSlow: 403,
  deviceDenied: 403,
}

function statusOf(quirks: Quirks, reason: RefusalReason, status: number): number {
  if (!reason.startsWith('device')) return quirks.errorsAs200 ? 200 : status
  if (quirks.device === 'github200') return 200
  return quirks.device === 'google428' ? (GOOGLE_DEVICE[reason] ?? status) : status
}

function encode({ quirks }: Played, call: Call, status: number, body: Members): Answer {
  const headers = { 'cache-control': 'no-store' }
  if (!quirks.formUnlessAcceptJson || /\bjson\b/i.test(call.headers.accept ?? '')) return { status, headers, body }
  const form = new URLSearchParams(Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]))
  return {
    status,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: form.toString(),
  }
}

/** As Doorkeeper words it. */
function challenge({ error, error_description: description = '' }: Members): string {
  return `Bearer realm="Doorkeeper", error="${error}", error_description="${description}"`
}
