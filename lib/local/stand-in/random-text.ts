import { randomInt } from 'node:crypto'

const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Digits of tokens that are numbers inside. */
export const HEX = '0123456789abcdef'

/** How a provider's token looks. */
export interface TextForm {
  readonly prefix: string
  /** Bytes of all, the prefix included. */
  readonly length: number
  /** What follows the prefix; letters and digits unless told. */
  readonly alphabet?: string
}

/** A new text of this form, longer where `length` says so. */
export function randomText(form: TextForm, length = form.length): string {
  const alphabet = form.alphabet ?? BASE62
  return form.prefix.padEnd(length, ' ').replaceAll(' ', () => alphabet.charAt(randomInt(alphabet.length)))
}
