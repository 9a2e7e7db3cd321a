import type { Answer, Ask } from './ask.ts'
import type { SmokeOptions } from './options.ts'
import type { ProviderLife } from './provider-life.ts'

/** What must have been seen before a check tells anything. Each presupposes those before it. */
export const facts = ['answers', 'token', 'admin', 'provider', 'deletion'] as const
export type Fact = (typeof facts)[number]

/** What the checks of one run share. */
export interface Scene {
  readonly ask: Ask
  /** All that was answered so far. */
  readonly answers: readonly Answer[]
  readonly options: SmokeOptions
  /** The id of any provider of the organization; undefined when it has none. */
  someProviderId?: string
  /** What the run makes, and must take away again. */
  readonly life: ProviderLife
  readonly stop: AbortSignal
}

/** One thing that must hold of a deployment. */
export interface Check {
  /** As a statement that holds. */
  readonly title: string
  /** Without it the check is not tried. */
  readonly needs?: Fact
  /** What has been seen when the check holds. */
  readonly gives?: Fact
  /** Throws `Unexpected` when it does not hold. */
  readonly run: (scene: Scene) => Promise<void>
  /** What it means on AWS when it does not hold. */
  readonly onAws: string
}
