/**
 * Checks the endpoint given in an environment variable and drops a trailing slash.
 * Throws one clear line for anything that is not on this machine: local mode never talks to a real account.
 */
export function loopbackEndpoint(variable: string, endpoint: string): string {
  const url = URL.parse(endpoint)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (!url || !isHttp || !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    throw new Error(`${variable} must be an http(s) URL on 127.0.0.1, [::1] or localhost, not ${endpoint}`)
  }
  return url.href.replace(/\/$/, '')
}

/** Throws one clear line when nothing answers at the endpoint given in an environment variable. */
export async function mustAnswer(variable: string, endpoint: string): Promise<void> {
  try {
    const response = await fetch(endpoint, { redirect: 'manual', signal: AbortSignal.timeout(3000) })
    await response.body?.cancel()
  } catch (error) {
    throw new Error(`${variable} is ${endpoint}, but nothing answers there`, { cause: error })
  }
}
