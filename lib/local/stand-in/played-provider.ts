/** The providers that the stand-in plays. */
export const playedProviders = ['github', 'gitlab', 'bitbucket', 'google', 'box', 'microsoft'] as const

export type PlayedProvider = (typeof playedProviders)[number]
