import type { ProviderFacts } from '../facts.ts'
import { slackApps } from './slack-apps.ts'
import { slackSignIn } from './slack-sign-in.ts'

/** Slack: its apps, and its sign-in, which is a flow of its own. */
export const slack: ProviderFacts = { ...slackApps, editions: [slackSignIn] }
