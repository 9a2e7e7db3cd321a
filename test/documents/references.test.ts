import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ASSEMBLY } from '../../lib/build/assembly.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'RUNBOOK.md',
  'COSTS.md',
  'docs/github.md',
]

const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts)

describe.each(documents)('%s', (document) => {
  const text = read(document)

  test('names npm scripts that there are', () => {
    const named = [...text.matchAll(/(?:^|`|&& )npm (?:run (?:-s )?)?([a-z:-]+)/gm)].map(([, name = '']) => name)

    const unknown = named.filter((name) => !['ci', 'install', ...scripts].includes(name))
    expect(unknown).toEqual([])
  })

  test('names files and folders that there are', () => {
    const links = [...text.matchAll(/\]\((?!http)([^)#]+)/g)].map(([, file = '']) => join(dirname(document), file))
    const paths = [...text.matchAll(/`((?:bin|lib|functions|deployment|test|\.ci)\/[\w./-]*)`/g)].map(
      ([, file = '']) => file,
    )

    expect([...links, ...paths].filter((file) => !existsSync(join(root, file)))).toEqual([])
  })
})

describe('SECURITY.md', () => {
  const rows = [...read('SECURITY.md').matchAll(/^\| (.+?) +\| `(test\/[^`]+)` "(.+)" +\|$/gm)]

  test.each(rows.map(([, promise, file, title]) => [promise, file, title] as const))(
    '%s',
    (_promise, file = '', title = '') => {
      expect(read(file)).toContain(title)
    },
  )

  test('names a test for every promise', () => {
    const [, table = ''] = /\| -+ \| -+ \|\n((?:\|.*\n)+)/.exec(read('SECURITY.md')) ?? []

    expect(rows).toHaveLength(table.trim().split('\n').length)
  })
})

describe('the README', () => {
  test('lists the parameters of the stack with their defaults', () => {
    const [, table = ''] = /^\| parameter +\|.*\n.*\n((?:\|.*\n)+)/m.exec(read('README.md')) ?? []
    const listed = [...table.matchAll(/^\| `(\w+)` +\| (\S+) +\|/gm)].map(([, name, value]) => [
      name,
      value?.replaceAll('`', ''),
    ])

    const { Parameters } = JSON.parse(readFileSync(join(ASSEMBLY, 'Grantkeeper.template.json'), 'utf8')) as {
      Parameters: Record<string, { Default?: string }>
    }
    const expected = Object.entries(Parameters)
      .filter(([name]) => name !== 'BootstrapVersion')
      .map(([name, { Default }]) => [name, Default === undefined ? 'none' : Default || 'empty'])
    expect(listed).toEqual(expected)
  })
})
