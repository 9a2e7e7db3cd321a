import { App } from 'aws-cdk-lib'
import { featureFlags } from './feature-flags.ts'
import type { GrantkeeperProps } from './props.ts'
import { GrantkeeperStack } from './stack.ts'

interface SynthesizeOptions extends Pick<GrantkeeperProps, 'handlersPath'> {
  /** Settings as the CLI's `-c` gives them, besides those that it has given. */
  readonly context?: Readonly<Record<string, unknown>>
}

/**
 * Writes the assembly of the stack into a folder, or where the CDK CLI says. Needs no network.
 * Throws when the handlers are not built, or CDK's built-in validation finds fault with the template.
 */
export const synthesize = (outdir?: string, { context, ...props }: SynthesizeOptions = {}): void => {
  const app = new App({
    context: { ...featureFlags, ...context },
    // Nothing is told of who deploys this, and the template is the same with and without the CLI.
    analyticsReporting: false,
    ...(outdir !== undefined && { outdir }),
  })
  new GrantkeeperStack(app, 'Grantkeeper', props)
  app.synth()
}
