import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Command, start, tailOf } from '../command.ts'
import { tool } from '../python/tools.ts'
import { freePort } from './free-port.ts'

const START_MS = 60_000

export const REGION = 'us-east-1'
export const ACCOUNT = '000000000000'

/** An account of AWS on this machine. */
export interface Emulator {
  readonly url: string
  /** What a command needs to take it for AWS, and nothing else. */
  readonly env: Readonly<Record<string, string>>
  /** The file with what it says. */
  readonly log: string
}

/** Starts the emulator on loopback; what it keeps lies in the folder. Throws with its log when it does not come up. */
export const startEmulator = async (folder: string): Promise<Emulator> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const log = join(folder, 'emulator.log')
  const server = start(tool('ministack'), [], {
    log,
    env: {
      HOME: folder,
      TMPDIR: folder,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
    },
  })
  await answering(url, server, log)
  return {
    url,
    log,
    env: {
      // No settings or credentials of whoever runs this are found there.
      HOME: folder,
      TMPDIR: folder,
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_S3: url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  }
}

const answering = async (url: string, { exited }: Command, log: string): Promise<void> => {
  const end = performance.now() + START_MS
  const ended = exited.then(() => 'ended' as const)
  while (performance.now() < end) {
    const answered = fetch(`${url}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    const outcome = await Promise.race([answered, ended])
    if (outcome === true) return
    if (outcome === 'ended') break
    await delay(100)
  }
  throw new Error(`The emulator did not come up:\n${tailOf(log)}`)
}
