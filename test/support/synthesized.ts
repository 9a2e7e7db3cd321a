import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundle } from '../../lib/build/assembly.ts'

const script = `
  import { synthesize } from ${JSON.stringify(new URL('../../lib/infra/synthesize.ts', import.meta.url).href)}
  const [outdir, handlersPath, context] = process.argv.slice(1)
  synthesize(outdir, { handlersPath, context: JSON.parse(context) })`

/**
 * The stack with these settings of the CDK context, and its built handlers, in a folder that `remove` removes. Made in a
 * process of its own, which takes a fraction of the time of what loading the CDK into each worker would take.
 */
export const synthesizedWith = async (context: Readonly<Record<string, unknown>>) => {
  const assembly = mkdtempSync(join(tmpdir(), 'grantkeeper-assembly-'))
  const handlersPath = await bundle()
  const args = ['--input-type=module', '-e', script, assembly, handlersPath, JSON.stringify(context)]
  await promisify(execFile)(process.execPath, args)
  return { assembly, remove: () => rmSync(assembly, { recursive: true }) }
}
