import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../lib/build/assembly.ts'

/** The stack with these settings of the CDK context, and its built handlers, in a folder that `remove` removes. */
export const synthesizedWith = async (context: Readonly<Record<string, unknown>>) => {
  const assembly = mkdtempSync(join(tmpdir(), 'grantkeeper-assembly-'))
  const handlersPath = await bundle()
  // The CDK takes a second to load, once for all suites of a worker, and most of them do without it.
  const { synthesize } = await import('../../lib/infra/synthesize.ts')
  synthesize(assembly, { handlersPath, context })
  return { assembly, remove: () => rmSync(assembly, { recursive: true }) }
}
