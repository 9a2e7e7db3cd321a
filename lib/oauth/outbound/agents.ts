import http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'

const idleMs = 4_000

const agentOptions = {
  keepAlive: true,
  timeout: idleMs,
  maxSockets: 32,
  maxTotalSockets: 128,
  maxFreeSockets: 8,
  // The default of 250 ms gives every address up on a slow day.
  autoSelectFamilyAttemptTimeout: 1_000,
}

/** Connections to providers, kept a few seconds for the next call. */
export interface Agents {
  /** The agent for a protocol (`http:` or `https:`), without connections too old to be trusted. */
  for(protocol: string): http.Agent
}

/** Makes a pool of its own: connections are never shared with code that checks addresses differently. */
export function createAgents(): Agents {
  const plain = withoutStaleSockets(new http.Agent(agentOptions))
  const secure = withoutStaleSockets(new https.Agent(agentOptions))
  return { for: (protocol) => (protocol === 'https:' ? secure() : plain()) }
}

/**
 * A frozen Lambda environment sees neither its timers nor the server's goodbye. After the thaw, a request on such a
 * connection would be lost with an unknown outcome, so idle time is judged by the wall clock before each use.
 */
function withoutStaleSockets(agent: http.Agent): () => http.Agent {
  const idleSince = new WeakMap<Duplex, number>()
  agent.on('free', (socket: Duplex) => idleSince.set(socket, Date.now()))
  return () => {
    const oldest = Date.now() - idleMs
    for (const socket of Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])) {
      if ((idleSince.get(socket) ?? 0) < oldest) socket.destroy()
    }
    return agent
  }
}
