import type { ProviderFacts } from '../facts.ts'
import type { PlayedProvider } from '../played-provider.ts'
import { bitbucket } from './bitbucket.ts'
import { box } from './box.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import { google } from './google.ts'
import { microsoft } from './microsoft.ts'

/** What is known of each provider. */
export const allFacts: Readonly<Record<PlayedProvider, ProviderFacts>> = {
  github,
  gitlab,
  bitbucket,
  google,
  box,
  microsoft,
}
