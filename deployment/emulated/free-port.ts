import { listenOnLoopback } from '../../lib/local/oauth/loopback-server.ts'

/** A port of loopback that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const { url, close } = await listenOnLoopback(0)
  await close()
  return Number(new URL(url).port)
}
