import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ASSEMBLY } from '../../lib/build/assembly.ts'
import { type Outcome, run } from '../support/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
const outputs = [join(folder, 'one'), join(folder, 'two')]
const outcomes: Outcome[] = []
/** What the CLI, whose way out is this proxy, wanted from the network. */
const wanted: string[] = []
let proxy: Server

beforeAll(async () => {
  proxy = createServer((request, response) => {
    wanted.push(String(request.url))
    response.writeHead(502).end()
  })
  proxy.on('connect', (request, socket) => {
    wanted.push(String(request.url))
    socket.destroy()
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const offline = {
    HTTP_PROXY: address,
    HTTPS_PROXY: address,
    http_proxy: address,
    https_proxy: address,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Neither credentials nor settings of whoever runs this.
    HOME: folder,
  }
  for (const output of outputs) outcomes.push(await run('npx', ['cdk', 'synth', '--quiet', '-o', output], offline))
}, 120_000)
afterAll(() => {
  proxy.close()
  rmSync(folder, { recursive: true })
})

const template = (assembly: string): unknown =>
  JSON.parse(readFileSync(join(assembly, 'Grantkeeper.template.json'), 'utf8'))

const assets = (assembly: string): string[] => readdirSync(assembly).filter((name) => name.startsWith('asset.'))

describe('npx cdk synth', () => {
  test('works without account and network, and asks for neither', () => {
    expect(outcomes.map(({ status, stderr }) => [status, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(wanted).toEqual([])
  })

  test('gives the same template and handlers each time', () => {
    const [one = '', two = ''] = outputs

    expect(template(one)).toEqual(template(two))
    expect(assets(one)).toHaveLength(1)
    expect(assets(one)).toEqual(assets(two))
  })

  test('gives the very stack that the local stack and these tests serve', () => {
    const [one = ''] = outputs

    expect(template(one)).toEqual(template(ASSEMBLY))
    expect(assets(one)).toEqual(assets(ASSEMBLY))
  })

  test('asks of a deployment only what it must be told', () => {
    const { Parameters } = template(ASSEMBLY) as { Parameters: Record<string, { Default?: unknown }> }
    const own = Object.entries(Parameters).filter(([name]) => name !== 'BootstrapVersion')

    expect(own.filter(([, { Default }]) => Default === undefined).map(([name]) => name)).toEqual(['Issuer', 'Audience'])
  })
})
