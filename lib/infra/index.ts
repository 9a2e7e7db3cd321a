/** What the npm package exports. */
export type { Api } from './api.ts'
export type { CustomDomain, DomainProps } from './custom-domain.ts'
export type { Data } from './data.ts'
export { Grantkeeper } from './grantkeeper.ts'
export type { GrantkeeperProps, LogLevel, Throttle } from './props.ts'
export type { WorkQueue } from './queues.ts'
export { GrantkeeperStack, type GrantkeeperStackProps } from './stack.ts'
