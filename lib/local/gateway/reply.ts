/** What goes back to the client. */
export interface Reply {
  readonly status: number
  /** A name may come more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}
