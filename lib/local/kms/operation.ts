import type { Input } from './input.ts'
import type { Keyring } from './keyring.ts'

/** What an operation answers, as JSON: bytes in base64, times in seconds. None is an empty body. */
export type Output = Readonly<Record<string, unknown>> | undefined

/** One operation of the API. Throws `KmsError` for what it refuses. */
export type Operation = (keyring: Keyring, input: Input) => Output
