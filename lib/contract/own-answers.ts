/** What is said of every path and method that there is not, by the gateway or by the function of unknown paths. */
export const notFound = { code: 'notFound', message: 'Not found' } as const

/** The body of what the gateway answers by itself, which fits all surfaces: some clients read only `detail`. */
export const ownBody = (message: string) => ({ message, errorFields: [], detail: message })
