import { tokenHeaders } from './operation.ts'

/** What a page of another origin may send and read, where any may (Fetch standard, CORS protocol). */
export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
export const ALLOWED_HEADERS = ['Authorization', 'Content-Type', 'X-On-Behalf-Of', ...Object.values(tokenHeaders)].join(
  ', ',
)
export const EXPOSED_HEADERS = 'Location, Retry-After, X-Grantkeeper-Error'
