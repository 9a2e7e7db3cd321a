import { isMade, make, root } from './make.ts'

/** The synthesized stack that the local stack and the tests serve. */
export const ASSEMBLY = `${root}dist/assembly`
/** The built handlers: the one asset of all functions. */
const HANDLERS = `${root}dist/handlers`

/** Whether what was built is of the sources as they are. */
export const isBuilt = (): boolean => isMade(ASSEMBLY)

// What builds is loaded only when there is something to build: together they take a second.

/** Bundles the handlers, unless they are there already. Answers their folder. */
export const bundle = (): Promise<string> =>
  make(HANDLERS, async (fresh) => {
    const { buildHandlers } = await import('./handlers.ts')
    await buildHandlers(fresh)
  })

/** Bundles the handlers and synthesizes the stack, unless both are there already. Answers the assembly's folder. */
export const assemble = (): Promise<string> =>
  make(ASSEMBLY, async (fresh) => {
    const handlersPath = await bundle()
    const { synthesize } = await import('../infra/synthesize.ts')
    synthesize(fresh, { handlersPath })
  })
