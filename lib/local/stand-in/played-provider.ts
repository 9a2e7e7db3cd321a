import { namedTypes } from '../../contract/schemas/provider.ts'

/** The providers that the stand-in plays: all that have a name. */
export const playedProviders = namedTypes

/** One of them. */
export type PlayedProvider = (typeof playedProviders)[number]
