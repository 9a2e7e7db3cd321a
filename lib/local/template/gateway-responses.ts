import * as z from 'zod'
import type { GatewayResponseDefinition } from '../model.ts'
import { parse } from './parse.ts'
import type { ResolvedTemplate } from './resolved-template.ts'
import { TemplateError } from './template-error.ts'

const responseSchema = z.object({
  ResponseType: z.string(),
  StatusCode: z.coerce.number().optional(),
  ResponseParameters: z.record(z.string(), z.string()).default({}),
  ResponseTemplates: z.record(z.string(), z.string()).default({}),
})

/** What the API of a template answers by itself, by response type. */
export function readGatewayResponses(template: ResolvedTemplate): Record<string, GatewayResponseDefinition> {
  return Object.fromEntries(
    template.resources('AWS::ApiGateway::GatewayResponse').map(([logicalId, properties]) => {
      const what = `gateway response ${logicalId}`
      const { ResponseType, StatusCode, ResponseParameters, ResponseTemplates } = parse(
        responseSchema,
        properties,
        what,
      )
      const headers = Object.entries(ResponseParameters).map(([target, value]) => header(target, value, what))
      return [
        ResponseType,
        {
          templates: ResponseTemplates,
          headers: Object.fromEntries(headers),
          ...(StatusCode !== undefined && { statusCode: StatusCode }),
        },
      ]
    }),
  )
}

function header(target: string, value: string, what: string): [string, string] {
  const [, name] = /^gatewayresponse\.header\.(.+)$/.exec(target) ?? []
  const [, constant] = /^'(.*)'$/.exec(value) ?? []
  if (name === undefined || constant === undefined) throw new TemplateError(`${what}: ${target} is no constant header`)
  return [name, constant]
}
