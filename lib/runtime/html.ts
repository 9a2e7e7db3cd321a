/** Text that is HTML already. Only `html` makes it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text in which nothing is markup, also within a quoted attribute. */
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '')

type Value = string | Html | readonly Html[]

const rendered = (value: Value): string => {
  if (typeof value === 'string') return escaped(value)
  return value instanceof Html ? value.text : value.map(({ text }) => text).join('')
}

/** HTML from a template: every text that is put in is escaped, so that there is no way to forget it. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(parts.map((part, at) => part + (at < values.length ? rendered(values[at] ?? '') : '')).join(''))

/**
 * A name from elsewhere, for a person to read. Characters that are not seen, or that turn the direction of what follows,
 * could make one name look like another; the element keeps the direction of its own letters from reaching out of it.
 */
export const nameOf = (text: string): Html => html`<bdi>${text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD')}</bdi>`
