import * as z from 'zod'
import type { StandInControl } from './control.ts'
import { type Answer, bodyKind, type Call } from './message.ts'

const PREFIX = '/control/'
const QUESTIONS = new Set(['client', 'requests', 'liveGrants'])

/**
 * The control over HTTP: `POST /control/<name>` with a JSON array of the arguments, answered with JSON or 204. What only
 * asks is also there as GET, with its argument as `?provider=`. Undefined when the path is not one of the control's.
 */
export function controlAnswer(control: StandInControl, path: string, call: Call): Answer | undefined {
  if (!path.startsWith(PREFIX)) return undefined
  const name = path.slice(PREFIX.length)
  const isQuestion = QUESTIONS.has(name)
  const command = Object.hasOwn(control, name) ? control[name as keyof StandInControl] : undefined
  if (!command || !(call.method === 'POST' || (call.method === 'GET' && isQuestion)))
    return { status: 404, body: { message: 'There is no such control.' } }
  // A page of another site cannot send JSON here without asking first.
  if (call.method === 'POST' && bodyKind(call) !== 'json') return { status: 415, body: { message: 'Send JSON.' } }
  try {
    const result = Reflect.apply(command, control, argumentsOf(call))
    return result === undefined ? { status: 204 } : { status: 200, body: result }
  } catch (error) {
    return { status: 400, body: { message: error instanceof z.ZodError ? z.prettifyError(error) : String(error) } }
  }
}

function argumentsOf(call: Call): readonly unknown[] {
  if (call.method === 'GET') return call.query.has('provider') ? [call.query.get('provider')] : []
  return call.body === '' ? [] : z.array(z.unknown()).parse(JSON.parse(call.body))
}
