// What the npm package `grantkeeper` gives: the construct, the stack of its own, and what they take.
export type { DomainProps } from './custom-domain.ts'
export { Grantkeeper } from './grantkeeper.ts'
export type { GrantkeeperProps, LogLevel, Throttle } from './props.ts'
export { GrantkeeperStack } from './stack.ts'
