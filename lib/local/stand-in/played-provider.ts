/** The providers that the stand-in plays. */
export const playedProviders = [
  'github',
  'gitlab',
  'bitbucket',
  'google',
  'box',
  'microsoft',
  'slack',
  'atlassian',
  'notion',
  'salesforce',
  'hubspot',
  'dropbox',
  'linear',
  'zoom',
  'asana',
  'discord',
] as const

/** One of them. */
export type PlayedProvider = (typeof playedProviders)[number]
