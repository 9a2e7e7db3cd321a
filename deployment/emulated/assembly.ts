import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assemble, bundle } from '../../lib/build/assembly.ts'
import { CONTEXT_PREFIX } from '../../lib/infra/context-prefix.ts'
import type { Template } from '../templates/template.ts'

/** The stack as it is built, to be deployed here. Answers the folder. */
export const builtAssembly = async (folder: string): Promise<string> => {
  cpSync(await assemble(), folder, { recursive: true })
  return toLoopback(folder)
}

/** The stack on a table and a key that are there. Answers the folder. */
export const assemblyOn = async (folder: string, existingTableName: string, keyArn: string): Promise<string> => {
  const handlersPath = await bundle()
  const { synthesize } = await import('../../lib/infra/synthesize.ts')
  const settings = Object.entries({ existingTableName, keyArn })
  const context = Object.fromEntries(settings.map(([name, value]) => [CONTEXT_PREFIX + name, value]))
  synthesize(folder, { handlersPath, context })
  return toLoopback(folder)
}

/**
 * Changes the one thing in which the stack is not the one that is deployed elsewhere: its functions are told that they run
 * on this machine, since they would speak neither to an issuer nor to a provider on loopback otherwise.
 */
const toLoopback = (folder: string): string => {
  const file = join(folder, 'Grantkeeper.template.json')
  writeFileSync(file, JSON.stringify(speakingToLoopback(JSON.parse(readFileSync(file, 'utf8')))))
  // Not deployed: what the CLI knows of each resource, and reads anew for each of hundreds of events.
  writeFileSync(join(folder, 'Grantkeeper.metadata.json'), '{}')
  return folder
}

const speakingToLoopback = ({ Resources, ...template }: Template): Template => ({
  ...template,
  Resources: Object.fromEntries(
    Object.entries(Resources).map(([id, resource]) => {
      if (resource.Type !== 'AWS::Lambda::Function') return [id, resource]
      const { Environment, ...properties } = resource.Properties as { Environment: { Variables: object } }
      const Variables = { ...Environment.Variables, GRANTKEEPER_LOCAL: '1' }
      return [id, { ...resource, Properties: { ...properties, Environment: { Variables } } }]
    }),
  ),
})
