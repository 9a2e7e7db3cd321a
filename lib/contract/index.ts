import type { Operation } from './operation.ts'
import * as audit from './operations/audit.ts'
import * as authorizedProviders from './operations/authorized-providers.ts'
import * as connect from './operations/connect.ts'
import * as connectPages from './operations/connect-pages.ts'
import * as connectTickets from './operations/connect-tickets.ts'
import * as connections from './operations/connections.ts'
import * as credentials from './operations/credentials.ts'
import * as documents from './operations/documents.ts'
import * as externalAuth from './operations/external-auth.ts'
import * as integrations from './operations/integrations.ts'
import * as jobs from './operations/jobs.ts'
import * as providers from './operations/providers.ts'
import * as userConnections from './operations/user-connections.ts'

/** The table of operations: all that the API is. */
export const operations: readonly Operation[] = [
  ...Object.values(providers),
  ...Object.values(connect),
  ...Object.values(authorizedProviders),
  ...Object.values(jobs),
  ...Object.values(audit),
  ...Object.values(documents),
  ...Object.values(externalAuth),
  ...Object.values(integrations),
  ...Object.values(connectTickets),
  ...Object.values(connectPages),
  ...Object.values(connections),
  ...Object.values(credentials),
  ...Object.values(userConnections),
]

/** The name of an operation's handler file, without folder and extension: `listProviders` -> `list-providers`. */
export const fileName = (id: string): string => id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** The methods that API Gateway hands on by `ANY`. */
const anyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** The HTTP methods of an operation. */
export const methodsOf = ({ method }: Operation): readonly string[] => (method === 'ANY' ? anyMethod : [method])

/** Every path of an operation, aliases included. */
export const pathsOf = ({ path, aliases = [] }: Operation): readonly string[] => [path, ...aliases]
