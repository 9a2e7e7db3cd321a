import { arn } from '../template/physical.ts'
import type { StackDefinition } from '../template/stack-definition.ts'
import { createAuthority } from './authority.ts'
import type { Judge } from './gate.ts'
import { dynamodbNeeds } from './needs/dynamodb.ts'
import { kmsNeeds } from './needs/kms.ts'
import { sqsNeeds } from './needs/sqs.ts'
import { checkRoles } from './role-checks.ts'

/** The account and the region of a stack. */
interface Place {
  readonly region: string
  readonly accountId: string
}

/** Judges by the policies of a stack. Throws `TemplateError` for those that cannot work, on AWS or here. */
export function createJudge(
  { access, eventSources, tables }: Pick<StackDefinition, 'access' | 'eventSources' | 'tables'>,
  place: Place,
  onDenied: (line: string) => void,
): Judge {
  const authority = createAuthority(access, place.accountId)
  checkRoles(authority, {
    access,
    eventSources,
    streamArn: (logGroup) => arn(place, 'logs', `log-group:${logGroup}:log-stream:any`),
  })
  return {
    authority,
    needs: {
      dynamodb: dynamodbNeeds(tables, (name) => arn(place, 'dynamodb', `table/${name}`)),
      kms: kmsNeeds(access.keys, (id) => arn(place, 'kms', `key/${id}`)),
      sqs: sqsNeeds((accountId, name) => arn({ ...place, accountId }, 'sqs', name)),
    },
    onDenied,
  }
}
