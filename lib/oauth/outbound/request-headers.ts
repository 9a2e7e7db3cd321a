// The connection's own business: node:http writes these itself, and a Host would even choose the certificate's name.
const ownedByTheConnection = [
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/**
 * The headers to send with a body of that type and length: those of the caller, without what belongs to the connection.
 * Throws a `TypeError` for a name or value that HTTP does not allow.
 */
export function requestHeaders(given: RequestInit['headers'], contentType: string | null, contentLength?: number) {
  const headers = new Headers(given)
  for (const name of ownedByTheConnection) headers.delete(name)
  headers.set('accept-encoding', 'identity')
  // GitHub refuses requests without one.
  if (!headers.has('user-agent')) headers.set('user-agent', 'grantkeeper')
  if (contentType && !headers.has('content-type')) headers.set('content-type', contentType)
  if (contentLength !== undefined) headers.set('content-length', String(contentLength))
  return Object.fromEntries(headers)
}
