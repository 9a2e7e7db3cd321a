import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { operations } from '../../lib/contract/index.ts'
import { builtStack } from '../infra/support.ts'

const runbook = readFileSync(join(import.meta.dirname, '../../RUNBOOK.md'), 'utf8')
const stack = builtStack()
const allOf = (pattern: RegExp): string[] => [...runbook.matchAll(pattern)].map(([, found = '']) => found)

describe('the runbook', () => {
  test('says of every alarm where to look, and of no other', () => {
    const [, table = ''] = /^\| alarm .*\n.*\n((?:\|.*\n)+)/m.exec(runbook) ?? []
    const named = [...table.matchAll(/^\| ([^|]+)\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    )

    const alarms = stack
      .ofType('AWS::CloudWatch::Alarm')
      .map(([id]) => id.replace(/^GrantkeeperAlarms/, '').replace(/[0-9A-F]{8}$/, ''))
    // The key is watched by a rule, which tells the call.
    expect(named.filter((name) => name !== 'DisableKey').sort()).toEqual(alarms.sort())
  })

  test('leads to chapters that there are', () => {
    const chapters = allOf(/^## (.+)$/gm).map((title) =>
      title
        .toLowerCase()
        .replace(/[^a-z ]/g, '')
        .replaceAll(' ', '-'),
    )

    for (const link of allOf(/\]\(#([^)]+)\)/g)) expect(chapters).toContain(link)
  })

  test('reads outputs that the stack has', () => {
    const { outputs } = stack.read()

    for (const name of allOf(/\$\(output (\w+)\)/g)) expect(Object.keys(outputs)).toContain(name)
    expect(Object.keys(outputs)).toContain('ChunksDlqUrl')
  })

  test('calls operations that there are', () => {
    const paths = operations.map(({ path }) => path.replace('/api/v2/externalOAuth', '').replace(/\{\w+\}/g, '{}'))

    const called = allOf(/"\$API(\/[^?"]*)/g).map((path) => path.replace(/\$\w+/g, '{}'))
    expect(called.length).toBeGreaterThan(4)
    for (const path of called) expect(paths).toContain(path)
  })

  test('sends jobs messages that the worker reads', async () => {
    const { readJobMessage } = await import('../../lib/runtime/messages.ts')

    const [body = ''] = allOf(/--message-body '([^']+)'/g)
    expect(readJobMessage(body)).toEqual({ orgId: 'acme', jobId: expect.any(String) })
  })

  test('uses no variable that the chapter, or the beginning, does not set: at midnight one begins in the middle', () => {
    const [beginning = '', ...chapters] = runbook.split(/^## /m)
    const shellOf = (text: string): string =>
      [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, code = '']) => code).join('')
    const setIn = (text: string): string[] =>
      [...text.matchAll(/(?:^|[\s;`])([A-Z]+)=|\bfor ([A-Z]+) in/gm)].map(([, set, looped]) => set ?? looped ?? '')

    const missing = chapters.flatMap((chapter) => {
      const known = new Set([...setIn(beginning), ...setIn(chapter)])
      const used = [...shellOf(chapter).matchAll(/\$([A-Z]+)\b/g)].map(([, name = '']) => name)
      return used.filter((name) => !known.has(name)).map((name) => `${chapter.split('\n')[0]}: $${name}`)
    })

    expect(missing).toEqual([])
  })
})
