import { join } from 'node:path'
import { run } from '../command.ts'
import { part } from '../part.ts'
import { tool } from '../python/tools.ts'
import { step } from '../step.ts'
import { excesses } from './limits.ts'
import { lint } from './lint.ts'
import { synthesizeAll } from './synthesized.ts'

/** Without bytecode beside the sources. */
const python = (file: string, args: readonly string[], log: string): Promise<void> =>
  run(tool('python'), ['-B', join(import.meta.dirname, file), ...args], { log })

// The templates of all settings, by what AWS documents of itself.
await part('templates', async (folder) => {
  const all = await step('templates: every setting is synthesized, alone and together', () => synthesizeAll(folder))
  await step('templates: they keep the limits of AWS', () => {
    const found = all.flatMap(({ name, template }) => excesses(template).map((excess) => ({ excess, name })))
    const lines = [...Map.groupBy(found, ({ excess }) => excess)].map(
      ([excess, of]) => `${excess}, with ${of.map(({ name }) => name).join(', ')}`,
    )
    if (lines.length > 0) throw new Error(lines.join('\n'))
  })
  await step('templates: their policies name what there is', async () => {
    const log = join(folder, 'policies.log')
    await python('test_policies.py', [], log)
    await python(
      'policies.py',
      all.map(({ file }) => file),
      log,
    )
  })
  await step('templates: cfn-lint finds nothing, in regions of three partitions', () =>
    lint(
      all.map(({ changedFile }) => changedFile),
      folder,
    ),
  )
})
