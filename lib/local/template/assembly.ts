import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { parse } from './parse.ts'
import { TemplateError } from './template-error.ts'

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({ type: z.string(), properties: z.record(z.string(), z.unknown()).optional() }),
  ),
})

const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string(), packaging: z.string() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
})

const parameterSchema = z.object({
  Type: z.string(),
  Default: z.coerce.string().optional(),
  AllowedValues: z.array(z.coerce.string()).optional(),
  AllowedPattern: z.string().optional(),
})

const resourceSchema = z.object({
  Type: z.string(),
  Condition: z.string().optional(),
  Properties: z.record(z.string(), z.unknown()).default({}),
})

const templateSchema = z.object({
  Parameters: z.record(z.string(), parameterSchema).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown(), Condition: z.string().optional() })).default({}),
})

/** A CloudFormation template as synthesized: nothing is resolved yet. */
export type Template = z.infer<typeof templateSchema>

/** A synthesized CDK assembly with one stack. */
export interface Assembly {
  readonly stackName: string
  readonly template: Template
  /** The unpacked folder of a zip asset, by its S3 key in the template, e.g. `1ebc9d….zip`. */
  readonly assetFolders: ReadonlyMap<string, string>
}

/** Reads a `cdk.out` folder. Throws `TemplateError` when it is not there or holds anything but one stack. */
export function readAssembly(folder: string): Assembly {
  const { artifacts } = readJson(folder, 'manifest.json', manifestSchema)
  const stacks = Object.entries(artifacts).filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack')
  const [stack] = stacks
  if (!stack || stacks.length > 1) throw new TemplateError(`${folder} holds ${stacks.length} stacks, not one`)
  const [stackName, { properties }] = stack
  const templateFile = parse(z.string(), properties?.templateFile, `template file of stack ${stackName}`)

  const assetFolders = new Map<string, string>()
  for (const artifact of Object.values(artifacts)) {
    if (artifact.type !== 'cdk:asset-manifest') continue
    const file = parse(z.string(), artifact.properties?.file, `asset manifest of ${folder}`)
    for (const { source, destinations } of Object.values(readJson(folder, file, assetsSchema).files)) {
      if (source.packaging !== 'zip') continue
      for (const { objectKey } of Object.values(destinations)) assetFolders.set(objectKey, join(folder, source.path))
    }
  }
  return { stackName, template: readJson(folder, templateFile, templateSchema), assetFolders }
}

function readJson<T extends z.ZodType>(folder: string, file: string, schema: T): z.infer<T> {
  const path = join(folder, file)
  try {
    return parse(schema, JSON.parse(readFileSync(path, 'utf8')), path)
  } catch (error) {
    if (error instanceof TemplateError) throw error
    throw new TemplateError(`cannot read ${path}; was the stack synthesized?`, { cause: error })
  }
}
