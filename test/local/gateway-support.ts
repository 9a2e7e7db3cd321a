import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startFunctions } from '../../lib/local/environments/functions.ts'
import { type Gateway, openGateway } from '../../lib/local/gateway/gateway.ts'
import type { ApiDefinition, FunctionDefinition, RouteDefinition } from '../../lib/local/model.ts'

/** A route to one of the handlers of `fixtures/functions/api.mjs`. */
export function aRoute(method: string, routePath: string, functionId = 'echo'): RouteDefinition {
  return { method, path: routePath, functionId, isPermitted: true, timeoutMs: 29_000 }
}

export function anApi(values: Partial<ApiDefinition> = {}): ApiDefinition {
  return { id: 'api1', stage: 'v1', routes: [], responses: {}, binaryMediaTypes: [], ...values }
}

function aFunction(name: string): FunctionDefinition {
  return {
    logicalId: name,
    codeDir: path.join(import.meta.dirname, 'fixtures/functions'),
    handler: `api.${name}`,
    timeoutSeconds: name === 'authorize' ? 0.5 : 10,
    memoryMiB: 128,
    environment: {},
  }
}

/** A gateway over real functions, each in a single environment. */
export async function startApi(api: ApiDefinition): Promise<Gateway & { stop(): Promise<void> }> {
  const logDir = mkdtempSync(path.join(tmpdir(), 'gateway-'))
  const definitions = ['echo', 'say', 'fail', 'slow', 'authorize'].map(aFunction)
  const functions = startFunctions(definitions, { environments: 1, kind: 'thread', logDir })
  const gateway = await openGateway({ port: 0 })
  gateway.serve(api, functions)
  return {
    ...gateway,
    async stop() {
      await gateway.close()
      await functions.close()
      rmSync(logDir, { recursive: true })
    },
  }
}

/** Sends bytes as they are and gives what comes back until the server ends the connection. */
export function sendRaw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text))
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}

/** The body of a raw answer with `Content-Length`, as JSON. */
export function bodyOf(raw: string) {
  return JSON.parse(raw.slice(raw.indexOf('\r\n\r\n') + 4))
}
