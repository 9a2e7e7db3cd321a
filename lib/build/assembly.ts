import { createHash } from 'node:crypto'
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

/**
 * Bundles the handlers and synthesizes the stack with these settings of the CDK context, unless both are there already.
 * Answers the assembly's folder. Throws for settings that could not work.
 */
export const assemble = (context: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  make(folderOf(context), async (fresh) => {
    const handlersPath = await bundle()
    const { synthesize } = await import('../infra/synthesize.ts')
    synthesize(fresh, { handlersPath, context })
  })

/** One for each set of settings, so that stacks with different ones may run beside each other. */
const folderOf = (context: Readonly<Record<string, unknown>>): string => {
  const settings = Object.entries(context).sort(([a], [b]) => a.localeCompare(b))
  if (settings.length === 0) return ASSEMBLY
  return `${ASSEMBLY}-${createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12)}`
}
