import type { NamedType } from '../../domain/providers/provider.ts'
import { asana } from './asana.ts'
import { atlassian } from './atlassian.ts'
import { bitbucket } from './bitbucket.ts'
import { box } from './box.ts'
import { discord } from './discord.ts'
import { dropbox } from './dropbox.ts'
import type { CatalogueEntry } from './entry.ts'
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

/** Every named provider by its type. */
export const entries: Readonly<Record<NamedType, CatalogueEntry>> = {
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
