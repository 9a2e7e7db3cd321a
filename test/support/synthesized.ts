import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../lib/build/assembly.ts'
import { synthesize } from '../../lib/infra/synthesize.ts'

/** The stack with these settings of the CDK context, and its built handlers, in a folder that `remove` removes. */
export const synthesizedWith = async (context: Readonly<Record<string, unknown>>) => {
  const assembly = mkdtempSync(join(tmpdir(), 'grantkeeper-assembly-'))
  synthesize(assembly, { handlersPath: await bundle(), context })
  return { assembly, remove: () => rmSync(assembly, { recursive: true }) }
}
