import { deadlineSignal } from '../domain/deadline.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { type CallLimits, type Outbound, OutboundError, ordinaryCall, tokenCall } from './outbound/outbound.ts'

/** The token endpoint gets longer: whoever gives up on it early loses a rotated refresh token. */
export const limits = { token: tokenCall, ordinary: ordinaryCall } as const satisfies Record<string, CallLimits>

export interface Request {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** One call to a provider, within the limits and the deadline. Throws `UpstreamFailure`. */
export const call = async (outbound: Outbound, url: string, request: Request, limit: CallLimits): Promise<Response> => {
  const signal = deadlineSignal()
  try {
    return await outbound(url, request, { ...limit, ...(signal && { signal }) })
  } catch (error) {
    throw error instanceof OutboundError ? failureOfCall(error) : error
  }
}

const failureOfCall = (error: OutboundError): UpstreamFailure => {
  const details = { outcomeUnknown: error.sent, message: error.message }
  switch (error.code) {
    case 'timeout':
    case 'aborted':
      return new UpstreamFailure('transient', { ...details, timedOut: true })
    case 'unreachable':
    case 'interrupted':
      return new UpstreamFailure('transient', details)
    case 'tooLarge':
      return new UpstreamFailure('badAnswer', { ...details, reason: 'answerTooLarge' })
    case 'offline':
      return new UpstreamFailure('transient', { ...details, offline: true })
    default:
      return new UpstreamFailure('badAnswer', details)
  }
}
