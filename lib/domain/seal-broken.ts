/** Whether something did not open because it was altered or moved: it never will. The vault throws such an error. */
export const isSealBroken = (error: unknown): boolean => error instanceof Error && error.name === 'SealBroken'

/** What was opened; undefined where it never will. Throws what else keeps it from being opened, for that may pass. */
export const openedIfEver = <Opened>(opening: Promise<Opened>): Promise<Opened | undefined> =>
  opening.catch((error: unknown) => {
    if (isSealBroken(error)) return undefined
    throw error
  })
