import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../../lib/domain/problem.ts'
import { targetOf } from '../../../lib/domain/proxy/target.ts'
import { deep } from '../../support/deep.ts'
import { tricks } from '../../support/url-tricks.ts'

const base = 'https://api.example.com/v1'

/** Where a request goes, or why it is refused. */
const go = (url: string, apiBaseUri = base): string => {
  try {
    return targetOf(apiBaseUri, url).href
  } catch (error) {
    const [field] = error instanceof Problem && error.code === 'invalidRequest' ? error.fields : []
    if (!field) throw error
    return `${field.name} ${field.message}`
  }
}

describe('a URL is taken relative to the base, by concatenation', () => {
  test.each([
    ['/files?pageSize=10', '/v1/files?pageSize=10'],
    ['files', '/v1/files'],
    ['/files/', '/v1/files/'],
    ['', '/v1'],
    ['/', '/v1/'],
    ['?a=b&a=c', '/v1?a=b&a=c'],
    ['/?a=b', '/v1/?a=b'],
    ['/files//double', '/v1/files//double'],
    ['/v1/files', '/v1/v1/files'],
    ['/operations/7:cancel', '/v1/operations/7:cancel'],
    ['/files;version=2/x', '/v1/files;version=2/x'],
    ['/a...b/compare...HEAD/.hidden', '/v1/a...b/compare...HEAD/.hidden'],
    ['/@evil.test', '/v1/@evil.test'],
    ['@evil.test', '/v1/@evil.test'],
    ['.evil.test/x', '/v1/.evil.test/x'],
    ['/a%20b/100%25/%F0%9F%98%80', '/v1/a%20b/100%25/%F0%9F%98%80'],
    ['/ü/名', '/v1/%C3%BC/%E5%90%8D'],
    // GitLab's way to name a project and a file.
    [
      '/projects/group%2Fproject/repository/files/lib%2Fx.rb',
      '/v1/projects/group%2Fproject/repository/files/lib%2Fx.rb',
    ],
    ['/search?q=..%2f..%5c%00%zz&r=//evil.test', '/v1/search?q=..%2f..%5c%00%zz&r=//evil.test'],
  ])('%j', (url, expected) => {
    expect(go(url)).toBe(`https://api.example.com${expected}`)
  })

  test.each([
    ['https://api.example.com', '/files', 'https://api.example.com/files'],
    ['https://api.example.com/', 'files', 'https://api.example.com/files'],
    ['https://api.example.com/v1/', '/files', 'https://api.example.com/v1/files'],
    ['https://api.example.com/v1/', '', 'https://api.example.com/v1/'],
    ['https://api.example.com/v1?key=1#x', '/files', 'https://api.example.com/v1/files'],
    ['http://127.0.0.1:8080/api', '/x', 'http://127.0.0.1:8080/api/x'],
  ])('of the base %s, %j', (apiBaseUri, url, expected) => {
    expect(go(url, apiBaseUri)).toBe(expected)
  })
})

describe('an absolute URL is taken inside the base', () => {
  test.each([
    ['https://api.example.com/v1', '/v1'],
    ['https://api.example.com/v1/files?x=y', '/v1/files?x=y'],
    ['HTTPS://API.EXAMPLE.COM:443/v1/files', '/v1/files'],
    // The same host to everybody who resolves it.
    ['https://api。example。com/v1/x', '/v1/x'],
  ])('%s', (url, expected) => {
    expect(go(url)).toBe(`https://api.example.com${expected}`)
  })
})

describe('what could lead elsewhere is refused', () => {
  test.each(tricks(base).map((url) => [url.slice(0, 60), url]))('%j', (_, url) => {
    expect(go(url)).toMatch(/^url must /)
  })

  test('with what would be right', () => {
    expect(go('https://evil.test/')).toBe('url must stay inside https://api.example.com/v1/')
    expect(go('/a/%2e%2e/b')).toBe('url must have no path segment of dots')
    expect(go('/%zz')).toBe('url must be percent-encoded UTF-8')
  })

  test('under the name that the request has for it', () => {
    expect(() => targetOf(base, '/..', 'path')).toThrow(
      expect.objectContaining({ fields: [{ name: 'path', message: 'must have no path segment of dots' }] }),
    )
  })
})

describe('whatever is asked for', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'.|..|/|//|\\|%|%2e|%2E|%252e|%2f|%5c|%00|%0d%0a|%c0%ae|%u002e|;|?|#|@|:|https:|http:|//evil.test|evil.test'.split(
        '|',
      ),
      ...[
        'api.example.com',
        '/v1',
        ':8443',
        '．',
        '／',
        '＼',
        '‥',
        '\t',
        '\n',
        ' ',
        '\0',
        '\ud800',
        '\u202e',
        '[::1]',
        '&',
        '=',
        'a',
        'ü',
      ],
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  const url = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''))

  test('it is refused, or goes below the base however often its path is decoded', () => {
    fc.assert(
      fc.property(url, (given) => {
        const target = URL.parse(go(given))
        if (!target) return
        expect(target.origin).toBe('https://api.example.com')
        expect(target.username + target.password + target.hash).toBe('')
        let path = target.pathname
        for (let decodings = 0; decodings < 8; decodings++) {
          const resolved = URL.parse(path.replaceAll(/[?#]/g, '_'), 'https://api.example.com')?.pathname
          expect(resolved).toMatch(/^\/v1(\/|$)/)
          expect(path).not.toMatch(/(^|\/)\.\.?(;|\/|$)|\\|\p{Cc}/u)
          path = path.replace(/(%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
        }
      }),
      { numRuns: deep ? 200_000 : 5_000 },
    )
  })
})
