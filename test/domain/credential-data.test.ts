import { describe, expect, test } from 'vitest'
import type { Credential } from '../../lib/domain/credentials/credential.ts'
import { checkData, hiddenNames, partData } from '../../lib/domain/credentials/data.ts'
import { sealData } from '../../lib/domain/credentials/seal-data.ts'
import type { SealContext } from '../../lib/domain/ports.ts'
import { base64 } from '../support/credentials.ts'

describe('the data of a credential', () => {
  test.each<[Credential['type'], string[], object, object]>([
    ['Default', ['b'], { a: 'YQ==' }, { b: 'Yg==' }],
    ['Default', [], { a: 'YQ==', b: 'Yg==' }, {}],
    ['Raw', ['a'], {}, { value: 'dg==' }],
    ['BasicAuth', [], { username: 'YQ==' }, { password: '' }],
  ])('of a %s that redacts %j is parted into %j and %j', (type, redactFields, shown, hidden) => {
    expect(partData({ type, redactFields }, { ...shown, ...hidden })).toEqual({ shown, hidden })
  })

  test('of a name that objects have by birth is data like any other', () => {
    const data = JSON.parse('{"constructor":"YQ==","__proto__":"Yg==","toString":"Yw=="}')

    const { shown, hidden } = partData({ type: 'Default', redactFields: ['__proto__', 'toString'] }, data)

    expect([Object.keys(shown), Object.keys(hidden)]).toEqual([['constructor'], ['__proto__', 'toString']])
    expect(() => checkData('Raw', JSON.parse('{"__proto__":"YQ=="}'))).toThrow()
  })

  test.each(['café', 'ключ', '密码', 'a b', '\u{1f511}'])('takes the password %s', (password) => {
    const data = base64({ username: password, password })

    expect(checkData('BasicAuth', data)).toEqual(data)
  })

  test('hides what its type says, and redactFields of the type Default alone', () => {
    const redactFields = ['x']

    expect(hiddenNames({ type: 'Raw', redactFields })).toEqual(['value'])
    expect(hiddenNames({ type: 'BasicAuth', redactFields })).toEqual(['password'])
    expect(hiddenNames({ type: 'Default', redactFields })).toEqual(['x'])
  })

  test('is sealed for its organization, record, part and version', async () => {
    const contexts: SealContext[] = []
    const vault = {
      seal: async (context: SealContext) => {
        contexts.push(context)
        return new Uint8Array()
      },
      open: () => Promise.reject(new Error('nothing is opened')),
      reseal: () => Promise.reject(new Error('nothing is opened')),
    }

    await sealData(vault, { orgId: 'acme', id: 'one', version: 7, type: 'Raw', redactFields: [] }, { value: 'dg==' })

    const context = { orgId: 'acme', kind: 'credential', id: 'one', version: 7 }
    expect(contexts).toEqual([
      { ...context, field: 'shown' },
      { ...context, field: 'hidden' },
    ])
  })
})
