/** What says how to answer, and what is sent; of RFC 9110 and its kin. */
const standard = new Set([
  'accept',
  'accept-language',
  'cache-control',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-range',
  'content-type',
  'digest',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'prefer',
  'range',
  'slug',
  'user-agent',
])

/** What providers have named without the prefix of their own that others have. */
const ofProviders = new Set([
  'as-user',
  'asana-disable',
  'asana-enable',
  'boxapi',
  'client-request-id',
  'consistencylevel',
  'return-client-request-id',
])
const providerPrefixes = /^(dropbox-api|notion|odata|sforce|x)-/

/** Beginning with `x-`, but about the way of a request, who sent it, or what it shall pass for; or our own. */
const ofTheWay =
  /^x-(amz|auth|cluster-|client-ip|cookie|csrf|envoy|forwarded|grantkeeper|host|http-|id-token|jwt|method|on-behalf-of|original|proxy|real-ip|remote|rewrite|scheme|user|xsrf)/

/** Whether a header of the caller, in lower case, may go to a provider. Names with an underscore are not on the list. */
const isAllowed = (name: string): boolean =>
  standard.has(name) ||
  ofProviders.has(name) ||
  (/^[a-z0-9-]+$/.test(name) && providerPrefixes.test(name) && !ofTheWay.test(name))

/**
 * Those of a caller's headers that go to the provider, in lower case: by an allow-list, so that who is asking, for which
 * host and by which way is never the caller's to say. All others are left out.
 */
export const requestHeaders = (given: Iterable<readonly [name: string, value: string]>): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const [name, value] of given) {
    const key = name.toLowerCase()
    // RFC 9110 section 5.2: a list may come in several lines.
    if (isAllowed(key)) headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`
  }
  return headers
}
