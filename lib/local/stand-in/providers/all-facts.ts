import type { ProviderFacts } from '../facts.ts'
import type { PlayedProvider } from '../played-provider.ts'
import { asana } from './asana.ts'
import { atlassian } from './atlassian.ts'
import { bitbucket } from './bitbucket.ts'
import { box } from './box.ts'
import { discord } from './discord.ts'
import { dropbox } from './dropbox.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import { google } from './google.ts'
import { hubspot } from './hubspot.ts'
import { linear } from './linear.ts'
import { microsoft } from './microsoft.ts'
import { notion } from './notion.ts'
import { salesforce } from './salesforce.ts'
import { slack } from './slack.ts'
import { zoom } from './zoom.ts'

/** What is known of each provider. */
export const allFacts: Readonly<Record<PlayedProvider, ProviderFacts>> = {
  github,
  gitlab,
  bitbucket,
  google,
  box,
  microsoft,
  slack,
  atlassian,
  notion,
  salesforce,
  hubspot,
  dropbox,
  linear,
  zoom,
  asana,
  discord,
}
