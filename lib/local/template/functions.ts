import * as z from 'zod'
import type { FunctionDefinition } from '../model.ts'
import { parse } from './parse.ts'
import type { ResolvedTemplate } from './resolved-template.ts'
import { TemplateError } from './template-error.ts'

const functionSchema = z.object({
  Code: z.object({ S3Key: z.string('only code from a folder can run locally') }),
  Handler: z.string(),
  Runtime: z.string().startsWith('nodejs'),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()) }).default({ Variables: {} }),
})

/** The functions of a template, with the folders their code is loaded from. */
export function readFunctions(
  template: ResolvedTemplate,
  assetFolders: ReadonlyMap<string, string>,
): FunctionDefinition[] {
  return template.resources('AWS::Lambda::Function').map(([logicalId, properties]) => {
    const { Code, Handler, Timeout, MemorySize, Environment } = parse(
      functionSchema,
      properties,
      `function ${logicalId}`,
    )
    const codeDir = assetFolders.get(Code.S3Key)
    if (codeDir === undefined) throw new TemplateError(`function ${logicalId}: the assembly has no asset ${Code.S3Key}`)
    return {
      logicalId,
      codeDir,
      handler: Handler,
      timeoutSeconds: Timeout,
      memoryMiB: MemorySize,
      environment: Environment.Variables,
    }
  })
}
