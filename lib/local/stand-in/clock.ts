/** The stand-in's one clock, which can be put forward. */
export class Clock {
  #offsetMs: number
  readonly #moved: (offsetMs: number) => void

  /** Starts so far ahead of the machine's; every later move is told. */
  constructor(offsetMs: number, moved: (offsetMs: number) => void) {
    this.#offsetMs = offsetMs
    this.#moved = moved
  }

  /** Epoch milliseconds. */
  now(): number {
    return Date.now() + this.#offsetMs
  }

  advance(seconds: number): void {
    this.#offsetMs += seconds * 1000
    this.#moved(this.#offsetMs)
  }
}
