const TOKEN = /^[\w~+/.-]+=*$/

/** The token of an `Authorization` header (RFC 6750 section 2.1); undefined for anything else. */
export const bearerToken = (value: string): string | undefined => {
  const [, token] = /^Bearer +(.*)$/i.exec(value.trim()) ?? []
  return token === undefined ? undefined : plainToken(token)
}

/** The token of a header that holds nothing else; undefined for what is none. */
export const plainToken = (value: string): string | undefined => (TOKEN.test(value.trim()) ? value.trim() : undefined)
