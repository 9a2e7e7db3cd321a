import * as fc from 'fast-check'
import { methodsOf, pathsOf } from '../../lib/contract/index.ts'
import type { Operation } from '../../lib/contract/operation.ts'

/** A request as it goes over the wire. `headers` are name and value in turn. */
export interface HostileRequest {
  readonly method: string
  readonly path: string
  readonly headers: readonly string[]
  readonly body?: string | Buffer
}

/** Text that has broken something somewhere. */
const awkward = [
  '',
  ' ',
  '\0',
  'a\nb\r\nSet-Cookie: a=b',
  '\ud800',
  'a\udc00b',
  '😀',
  '\u202e\ufeff',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  '-1',
  '1e309',
  '0x10',
  '9'.repeat(400),
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '%s%n{{7*7}}',
  '../../../etc/passwd',
  'http://127.0.0.1:9/',
  'http://169.254.169.254/latest/meta-data',
  'javascript:alert(1)',
  'x'.repeat(5_000),
]
const text = fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'binary', maxLength: 300 }), fc.string())

const deep = fc.integer({ min: 2, max: 3_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth))
const json: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(null, true, false, 0, -0, -1, 1.5, 1e308, 2 ** 53, [], {}, [[]], [null], { '': '' }),
  fc.array(text, { maxLength: 5 }),
  fc.array(fc.constant('x'), { minLength: 101, maxLength: 150 }),
  fc.dictionary(text, text, { maxKeys: 5 }),
  fc.jsonValue({ maxDepth: 4 }),
)

/** JSON text of members: duplicates and `__proto__` are written as they come, which no object could hold. */
const write = (members: readonly (readonly [string, unknown])[]): string =>
  `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`).join(',')}}`

/** A good body with some members replaced, doubled, left out or added. */
const spoiled = (good: Readonly<Record<string, unknown>>, names: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.subarray(Object.entries(good), { minLength: Math.max(0, Object.keys(good).length - 2) }),
      fc.array(
        fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text }), json),
        {
          maxLength: 4,
        },
      ),
    )
    .map(([kept, added]) => write([...kept, ...added]))

const noJson: fc.Arbitrary<string | Buffer> = fc.oneof(
  text,
  deep,
  deep.map((nested) => `{"name":${nested}}`),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(
    '{',
    '{"a":1,}',
    "{'a':1}",
    'a=b&c=d',
    '\ufeff{}',
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    'null',
    '0',
    '"text"',
    '[]',
    Buffer.from('{"type":"STATS"}', 'utf16le'),
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  ),
)

/** Percent-encoded in one of the ways in which clients do it, or wrongly. */
const encoded: fc.Arbitrary<string> = fc.oneof(
  text.map((value) => encodeURIComponent(value.toWellFormed()).slice(0, 1_500)),
  fc.constantFrom('%', '%zz', '%c0%ae', '%E0%A4%A', '%00', '%252e', '%2F', '.', '..', ';', '@', '*', "'"),
)

const queryOf = (operation: Operation): fc.Arbitrary<string> => {
  const known = Object.keys(operation.query?.shape ?? { none: true })
  const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: encoded })
  return fc.array(fc.tuple(name, encoded), { maxLength: 5 }).map((pairs) => {
    const query = pairs.map(([key, value]) => `${key}=${value}`).join('&')
    return query === '' ? '' : `?${query}`
  })
}

const contentType = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-16',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'nonsense',
  '',
)
const otherHeaders = fc.subarray([
  ['X-On-Behalf-Of', 'somebody'],
  ['X-User-Id', 'ada'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Accept', 'image/png'],
  ['Content-Encoding', 'gzip'],
  ['Range', 'bytes=0-1'],
])

/**
 * Requests to an operation of which hardly one is right. `ids` are ids that exist, `good` a body that would be taken,
 * `names` further members that it might have.
 */
export const hostileRequests = (
  operation: Operation,
  { ids, good, names }: { ids: readonly string[]; good: Readonly<Record<string, unknown>>; names: readonly string[] },
): fc.Arbitrary<HostileRequest> =>
  fc
    .record({
      method: fc.constantFrom(...methodsOf(operation)),
      path: fc.constantFrom(...pathsOf(operation)),
      rest: fc.array(fc.oneof(encoded, fc.constant('jwks')), { minLength: 1, maxLength: 3 }),
      id: fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: encoded }),
      query: queryOf(operation),
      type: contentType,
      others: otherHeaders,
      body: fc.option(fc.oneof({ weight: 3, arbitrary: spoiled(good, names) }, { weight: 1, arbitrary: noJson }), {
        nil: undefined,
        freq: operation.body ? 20 : 1,
      }),
    })
    .map(({ method, path, rest, id, query, type, others, body }) => ({
      method,
      // The organization of another id is the caller's own: any other has been looked at by then.
      path:
        path
          .replace(/\{organisationId\}(?=.*\{)/, 'acme')
          .replace(/\{\w+\}/, id)
          .replace('{path+}', rest.join('/')) + query,
      headers: [...(type === '' ? [] : ['Content-Type', type]), ...others.flat()],
      ...(body !== undefined && { body }),
    }))
