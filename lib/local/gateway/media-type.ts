/** Whether a `Content-Type` or the first entry of an `Accept` header is one of the API's binary media types. */
export function isBinary(binaryMediaTypes: readonly string[], header: string | undefined): boolean {
  if (binaryMediaTypes.includes('*/*')) return true
  const mediaType = header?.split(/[,;]/, 1)[0]?.trim().toLowerCase()
  return mediaType !== undefined && binaryMediaTypes.some((binary) => binary.toLowerCase() === mediaType)
}
