import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { html, nameOf } from '../../lib/runtime/html.ts'
import { page } from '../../lib/runtime/page.ts'

describe('what is put into HTML', () => {
  test('is text, within an element and within an attribute', () => {
    const text = `<b a="b" c='d'>&amp;`

    expect(html`<p title="${text}">${text}</p>`.text).toBe(
      '<p title="&lt;b a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;amp;">&lt;b a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;amp;</p>',
    )
  })

  test('is HTML when it was made as such, one or many', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)

    expect(html`<ul>${items}</ul>${html`<hr>`}`.text).toBe('<ul><li>a</li><li>&lt;b&gt;</li></ul><hr>')
  })

  test('holds no markup, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[<>"']/.test(html`${text}`.text)))
  })
})

describe('a name', () => {
  test.each([
    ['Grace Hopper', 'Grace Hopper'],
    ['山田 太郎', '山田 太郎'],
    ['עברית', 'עברית'],
    ['a\u202Eb', 'a\uFFFDb'],
    ['a\u0000\u200B\uFEFFb', 'a\uFFFD\uFFFD\uFFFDb'],
    ['a\nb\u2028c', 'a\uFFFDb\uFFFDc'],
  ])('%j is shown as it is, but for what is not seen', (name, shown) => {
    expect(nameOf(name).text).toBe(`<bdi>${shown}</bdi>`)
  })
})

describe('the policy of a page', () => {
  const formAction = (formSchemes?: readonly string[]): string | undefined =>
    /form-action ([^;]+)/.exec(
      page({ title: 'x', main: html``, ...(formSchemes && { formSchemes }) }).headers['Content-Security-Policy'],
    )?.[1]

  test.each<[string, readonly string[] | undefined, string]>([
    ['lets no form be sent where there is none', undefined, "'none'"],
    ['lets one be sent to us, where it ends here', [], "'self'"],
    ['names each scheme once, where it leads on', ['https:', 'https:', 'http:'], "'self' https: http:"],
  ])('%s', (_, schemes, expected) => {
    expect(formAction(schemes)).toBe(expected)
  })
})
