/** Something is not as it should be: the message says what was expected, and what came. */
export class Unexpected extends Error {}

/** No answer came at all, or none in time. */
export class NoAnswer extends Unexpected {}

/** Somebody has stopped the run, or it took too long. */
export class Stopped extends Error {}
