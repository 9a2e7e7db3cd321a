import { readInvokePermissions } from '../iam/invoke-permissions.ts'
import type { ApiDefinition, FunctionDefinition } from '../model.ts'
import { type AccessDefinition, readAccess } from './access.ts'
import { readApi } from './api.ts'
import type { Assembly } from './assembly.ts'
import { type EventSourceDefinition, readEventSources } from './event-sources.ts'
import { readFunctions } from './functions.ts'
import { type QueueDefinition, readQueues } from './queues.ts'
import { resolveTemplate, type TemplateOptions } from './resolved-template.ts'
import { readSchedules, type ScheduleDefinition } from './schedules.ts'
import { readTables, type TableDefinition } from './tables.ts'

/** Everything of a template that the local stack serves, as plain data. */
export interface StackDefinition {
  readonly functions: readonly FunctionDefinition[]
  readonly api: ApiDefinition
  readonly tables: readonly TableDefinition[]
  readonly queues: readonly QueueDefinition[]
  readonly eventSources: readonly EventSourceDefinition[]
  readonly schedules: readonly ScheduleDefinition[]
  readonly access: AccessDefinition
  readonly outputs: Readonly<Record<string, string>>
}

/** Reads a synthesized stack. Throws `TemplateError` naming the resource for anything that cannot be served. */
export function readStack(assembly: Assembly, options: TemplateOptions): StackDefinition {
  const template = resolveTemplate(assembly, options)
  const mayInvoke = readInvokePermissions(template)
  return {
    functions: readFunctions(template, assembly.assetFolders),
    api: readApi(template, mayInvoke),
    tables: readTables(template),
    queues: readQueues(template),
    eventSources: readEventSources(template),
    schedules: readSchedules(template, mayInvoke),
    access: readAccess(template),
    outputs: template.outputs,
  }
}
