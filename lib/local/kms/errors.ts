/** The error types this server answers with: those KMS models, then those of the JSON protocol. */
export type KmsErrorType =
  | 'AlreadyExistsException'
  | 'DisabledException'
  | 'DryRunOperationException'
  | 'IncorrectKeyException'
  | 'InvalidAliasNameException'
  | 'InvalidArnException'
  | 'InvalidCiphertextException'
  | 'InvalidGrantTokenException'
  | 'InvalidKeyUsageException'
  | 'InvalidMarkerException'
  | 'KMSInternalException'
  | 'KMSInvalidStateException'
  | 'LimitExceededException'
  | 'NotFoundException'
  | 'UnsupportedOperationException'
  | 'MissingAuthenticationTokenException'
  | 'RequestEntityTooLargeException'
  | 'SerializationException'
  | 'UnknownOperationException'
  | 'ValidationException'

// KMS answers 400 whatever status its model gives for the error.
const STATUS: { readonly [type in KmsErrorType]?: number } = {
  KMSInternalException: 500,
  RequestEntityTooLargeException: 413,
}

/** What a request is refused with. The message may be empty, as KMS leaves it for `InvalidCiphertextException`. */
export class KmsError extends Error {
  readonly type: KmsErrorType
  readonly status: number

  constructor(type: KmsErrorType, message = '') {
    super(message)
    this.type = type
    this.status = STATUS[type] ?? 400
  }

  /** The response body: `__type`, and `message` unless it is empty. */
  toJSON(): { readonly __type: string; readonly message?: string } {
    return { __type: this.type, ...(this.message && { message: this.message }) }
  }
}
