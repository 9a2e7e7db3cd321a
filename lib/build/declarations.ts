import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { root } from './make.ts'

const ENTRY = 'lib/infra/index.d.ts'

/** A relative import of a declaration, which the compiler leaves as it stands in the source. */
const IMPORT = /((?:\bfrom|\bimport\()\s*['"])(\.[^'"]+)\.ts(['"])/g

/**
 * Writes the declarations of what the construct exports into a folder, as they lie in the tree: those that are reached
 * from `lib/infra/index.d.ts`, and no other. Throws when they do not compile; the compiler has then printed why.
 */
export const emitDeclarations = (folder: string): void => {
  const all = mkdtempSync(join(tmpdir(), 'grantkeeper-declarations-'))
  try {
    const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.package.json']
    const { status } = spawnSync(process.execPath, [...compiler, '--outDir', all], { cwd: root, stdio: 'inherit' })
    if (status !== 0) throw new Error('The declarations of the construct do not compile')
    const reached = new Set([ENTRY])
    // A set that grows while it is walked is walked to its end.
    for (const file of reached) {
      const text = readFileSync(join(all, file), 'utf8')
      for (const [, , path = ''] of text.matchAll(IMPORT)) reached.add(normalize(`${dirname(file)}/${path}.d.ts`))
      cpSync(join(all, file), join(folder, file))
      writeFileSync(join(folder, file), text.replace(IMPORT, '$1$2.js$3'))
    }
  } finally {
    rmSync(all, { recursive: true })
  }
}
