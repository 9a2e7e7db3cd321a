/** What is sent to the API behind a provider. Header names are in lower case. */
export interface ApiRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
  readonly retryAfterSeconds: number | undefined
}

/** The API behind a provider. */
export interface Api {
  /**
   * One request with the token, one answer; a redirect is an answer. Throws `UpstreamFailure` where none came,
   * `upstreamTimeout`, `responseTooLarge`, `upstreamAnswer`.
   */
  call(target: URL, request: ApiRequest, accessToken: string): Promise<ApiAnswer>
}
