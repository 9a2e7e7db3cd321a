/** How long a call may take, in milliseconds, and how large its answer may be. */
export interface CallLimits {
  /** From the call until the status and headers of the answer. */
  readonly firstByteMs: number
  /** From there until the end of the body. */
  readonly bodyMs: number
  /** For both together, when that is less than their sum. */
  readonly wholeMs?: number
  /** Of the body, after decompression. */
  readonly maxBytes: number
  /** Ends the call early. */
  readonly signal?: AbortSignal
}

const mebibyte = 1_048_576

/** The limits of every call but the token request. */
export const ordinaryCall: CallLimits = { firstByteMs: 8_000, bodyMs: 8_000, wholeMs: 8_000, maxBytes: mebibyte }

/** The limits of a token request, patient because to give up early loses a rotated refresh token. */
export const tokenCall: CallLimits = { firstByteMs: 20_000, bodyMs: 5_000, maxBytes: mebibyte }
