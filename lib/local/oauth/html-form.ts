/** A form of a page as a browser would send it. */
export interface HtmlForm {
  method: 'GET' | 'POST'
  action: URL
  /** Named inputs with their preset values, without buttons. */
  fields: ReadonlyMap<string, string>
  /** Named submit buttons. */
  buttons: readonly { name: string; value: string }[]
}

/** The forms of a page. It reads plain forms of inputs and buttons, not arbitrary HTML. */
export function readForms(html: string, page: URL): HtmlForm[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, tag = '', inner = '']) => {
    const form = attributesOf(tag)
    return {
      method: form.get('method')?.toUpperCase() === 'POST' ? 'POST' : 'GET',
      action: new URL(form.get('action') ?? '', page),
      fields: new Map(named(inner, 'input').map(({ name, value }) => [name, value])),
      buttons: named(inner, 'button'),
    }
  })
}

function named(html: string, element: string): { name: string; value: string }[] {
  return [...html.matchAll(new RegExp(`<${element}\\b([^>]*)>`, 'gi'))]
    .map(([, tag = '']) => attributesOf(tag))
    .map((attributes) => ({ name: attributes.get('name') ?? '', value: attributes.get('value') ?? '' }))
    .filter(({ name }) => name !== '')
}

function attributesOf(tag: string): Map<string, string> {
  return new Map(
    [...tag.matchAll(/([a-z-]+)\s*=\s*"([^"]*)"/gi)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      unescapeHtml(value),
    ]),
  )
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name?: string) =>
    code === undefined ? (NAMED[name ?? ''] ?? whole) : String.fromCodePoint(Number(code)),
  )
}
